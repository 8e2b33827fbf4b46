"""Private values of every kind, in the ways people write them; each is invented, or published as an example."""

from collections.abc import Mapping, Sequence

from intelligent_office.telemetry.redaction.finding import Kind

KEY_BODY = "aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zAbCdE"

PLANTED: Mapping[Kind, Sequence[str]] = {
    "email": (
        "alice@example.com",
        "alice.b+invoices@mail.example.co.uk",
        "o'brien@example.ie",
        "müller@bücher.de",
        "用户@例子.广告",
        "alice@xn--bcher-kva.example",
        '"john doe"@example.com',
        "alice%40example.com",
        "ａｌｉｃｅ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "al\u200bice@exam\u00adple.com",
        "alice\\u0040example.com",
    ),
    "phone": (
        "+49 30 901820",
        "+44 20 7946 0958",
        "+1 (212) 555-0123",
        "+15551234567",
        "+1-555-123-4567",
        "+91 98765 43210",
        "0049 30 901820",
        "(555) 123-4567",
        "555-123-4567",
        "06 12 34 56 78",
        "020 7946 0958",
        "030/901820",
        "+４９ 30 901820",
    ),
    "card": (
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4222222222222",
        "5500 0000 0000 0004",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "30569309025904",
        "6011111111111117",
        "3530111333300000",
        "４１１１ 1111 1111 1111",
    ),
    "iban": (
        "DE89 3704 0044 0532 0130 00",
        "de89370400440532013000",
        "GB82WEST12345698765432",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NO9386011117947",
    ),
    "ip": (
        "192.168.1.17",
        "10.0.0.5",
        "203.0.113.7",
        "8.8.8.8",
        "2001:db8::8a2e:370:7334",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "fe80::1ff:fe23:4567:890a",
        "::ffff:192.168.1.17",
    ),
    "key": (
        f"sk-{KEY_BODY}",
        f"sk-ant-api03-{KEY_BODY}",
        f"sk-proj-{KEY_BODY}",
        f"ghp_{KEY_BODY}",
        f"github_pat_{KEY_BODY}",
        f"glpat-{KEY_BODY}",
        f"hf_{KEY_BODY}",
        f"gsk_{KEY_BODY}",
        "xoxb-123456789012-abcdefabcdef",
        "AKIAIOSFODNN7EXAMPLE",
        f"AIza{KEY_BODY[:35]}",
        f"sk_live_{KEY_BODY}",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----\n" + f"{KEY_BODY}\n" * 5 + "-----END PRIVATE KEY-----",
    ),
}
"""Values that say what they are wherever they stand."""

BESIDE: Sequence[tuple[Kind, str, str, str]] = (
    ("password", "postgres://ada:", "s3same", "@db.internal/office"),
    ("password", "https://ada:", "p@ss:w0rd", "@wiki.example/x"),
    ("password", "redis://:", "hunter2", "@cache:6379"),
    ("password", "password=", "hunter2", "\n"),
    ("password", 'password: "', "Tr0ub4dor&3", '"'),
    ("password", '{"password": "', "swordf1sh", '"}'),
    ("password", "my password is ", "hunter2", "!"),
    ("password", "PGPASSWORD=", "n0t-4-you", " psql"),
    ("key", "api_key=", "9f8e7d6c5b4a39281706", "\n"),
    ("key", '"access_token": "', "9f8e7d6c5b4a39281706", '"'),
    ("key", "AWS_SECRET_ACCESS_KEY=", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "\n"),
    ("key", "Authorization: Bearer ", KEY_BODY, "\n"),
    ("ip", "if host == '", "192.168.1.17", "': refuse()"),
    ("ip", "IPv4: ", "192.168.1.17", ""),
    ("phone", "phone: ", "5551234567", ""),
    ("phone", '"mobile": "', "01701234567", '"'),
    ("phone", "Tel. ", "030 901820", ", abends"),
)
"""Values that what stands around them gives away: kind, before, value, behind."""
