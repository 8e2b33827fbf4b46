"""The guess of how long a text is, held against counts that were published."""

import pytest

from prompts.tokens import tokens

PARAGRAPHS = (
    "Many words map to one token, but some don't: indivisible.\n\n"
    "Unicode characters like emojis may be split into many tokens containing the underlying bytes: 🤚🏾\n\n"
    "Sequences of characters commonly found next to each other may be grouped together: 1234567890"
)
PUBLISHED = [
    # OpenAI's cookbook, "How to count tokens with tiktoken", cl100k_base
    ("tiktoken is great!", 6),
    ("antidisestablishmentarianism", 6),
    ("2 + 2 = 4", 7),
    ("お誕生日おめでとう", 9),
    # the example of OpenAI's tokenizer page, GPT-3.5 and GPT-4
    (PARAGRAPHS, 57),
]


@pytest.mark.parametrize(("text", "count"), PUBLISHED)
def test_the_guess_is_rather_too_high_and_never_twice_as_high(text, count):
    assert count - 1 <= tokens(text) <= 2 * count


def test_nothing_takes_no_token():
    assert tokens("") == 0


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("The quick brown fox jumps over the lazy dog. " * 100, 1000),  # a word and a full stop are a token each
        ("5" * 1000, 1000),  # vocabularies without numbers take a token a digit
        ("漢字" * 500, 1000),
        ("{}[]();" * 100, 700),
        ("🤚" * 100, 300),
    ],
)
def test_what_has_a_token_a_piece_is_counted_so(text, least):
    assert least <= tokens(text) <= 2 * least


def test_a_text_never_takes_more_tokens_than_bytes():
    for text in ("a b\n\n  c", "x1y2", "é" * 10, "漢" * 10, "🤚" * 10, "  5  5"):
        assert tokens(text) <= len(text.encode())
