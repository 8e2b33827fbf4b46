"""The filter of system calls, worked through instruction by instruction for both processors."""

import errno
import struct

import pytest

from intelligent_office.sandbox.seccomp import NUMBERS, program

AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000
BY_ARGUMENT = {"clone", "clone3", "fcntl", "ioctl", "madvise", "mmap", "prctl", "prlimit64"} | {
    *(
        "setpriority",
        "setsockopt",
        "sched_setaffinity",
        "sched_setattr",
        "sched_setparam",
        "sched_setscheduler",
        "socket",
        "socketpair",
    )
}
ATTRIBUTES = {"fsetxattr", "lsetxattr", "setxattr"}
FORK = 17  # SIGCHLD and no new name space


def failing(number):
    return 0x00050000 | number


def verdict(machine, number, *arguments, architecture=None):
    """What the kernel would do."""
    data = struct.pack("=II Q 6Q", number, architecture or AUDIT[machine], 0, *(*arguments, *[0] * 6)[:6])
    filter_of = program(machine)
    assert filter_of
    lines = list(struct.iter_unpack("=HBBI", filter_of))
    at = value = 0
    while True:
        code, yes, no, operand = lines[at]
        at += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, operand)
            case 0x15:
                at += yes if value == operand else no
            case 0x35:
                at += yes if value >= operand else no
            case 0x45:
                at += yes if value & operand else no
            case 0x06:
                return operand


@pytest.mark.parametrize("machine", AUDIT)
def test_every_call_that_is_listed_fails_and_others_pass(machine):
    column = tuple(AUDIT).index(machine)
    listed = {numbers[column] for numbers in NUMBERS.values()}
    for name in NUMBERS.keys() - BY_ARGUMENT:
        number = NUMBERS[name][column]
        refusal = errno.EOPNOTSUPP if name in ATTRIBUTES else errno.EPERM
        assert number is None or verdict(machine, number) == failing(refusal), name
    assert {verdict(machine, number) for number in set(range(463)) - listed} == {ALLOW}
    assert {verdict(machine, number) for number in range(463, 1000)} == {failing(errno.ENOSYS)}


@pytest.mark.parametrize("machine", AUDIT)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("clone", [FORK], ALLOW),
        ("clone", [FORK | 0x10000000], failing(errno.EPERM)),
        ("clone", [FORK | 0x00020000], failing(errno.EPERM)),
        ("clone3", [0, 88], failing(errno.ENOSYS)),
        ("socket", [1, 1, 0], ALLOW),
        ("socket", [2, 1, 0], failing(errno.EAFNOSUPPORT)),
        ("socket", [16, 3, 0], failing(errno.EAFNOSUPPORT)),
        ("socketpair", [1, 1, 0], ALLOW),
        ("socketpair", [30, 5, 0], failing(errno.EAFNOSUPPORT)),
        ("prlimit64", [0, 7], ALLOW),
        ("prlimit64", [1, 7], failing(errno.EPERM)),
        ("sched_setaffinity", [0], ALLOW),
        ("sched_setattr", [1], failing(errno.EPERM)),
        ("sched_setscheduler", [1], failing(errno.EPERM)),
        ("setpriority", [0, 0, 19], ALLOW),
        ("setpriority", [0, 1, 19], failing(errno.EPERM)),
        ("setpriority", [2, 0, 19], failing(errno.EPERM)),
        ("mmap", [0, 4096, 3, 0x22], ALLOW),
        ("mmap", [0, 4096, 3, 0x01], ALLOW),
        ("mmap", [0, 4096, 3, 0x21], failing(errno.EPERM)),
        ("mmap", [0, 4096, 3, 0x23], failing(errno.EPERM)),
        ("mmap", [0, 4096, 3, 0x40022], failing(errno.EPERM)),
        ("fcntl", [3, 3], ALLOW),
        ("fcntl", [3, 6], ALLOW),
        ("fcntl", [3, 37], failing(errno.EPERM)),
        ("fcntl", [3, 38], failing(errno.EPERM)),
        ("fcntl", [3, 1026], failing(errno.EPERM)),
        ("setsockopt", [3, 1, 8], ALLOW),
        ("setsockopt", [3, 1, 7], failing(errno.EPERM)),
        ("setsockopt", [3, 1, 26], failing(errno.EPERM)),
        ("madvise", [0, 4096, 4], ALLOW),
        ("madvise", [0, 4096, 12], failing(errno.EPERM)),
        ("prctl", [1, 9], ALLOW),
        ("prctl", [1, 0], failing(errno.EPERM)),
        ("prctl", [1, 15], failing(errno.EPERM)),
        ("prctl", [22, 2], failing(errno.EPERM)),
        ("prctl", [22, 9], failing(errno.EPERM)),
        ("prctl", [4, 0], ALLOW),
        ("ioctl", [0, 0x5401], ALLOW),
        ("ioctl", [0, 0x5412], failing(errno.EPERM)),
        ("ioctl", [0, 0x5412 | 1 << 32], failing(errno.EPERM)),
        ("ioctl", [0, 0x541C], failing(errno.EPERM)),
    ],
)
def test_a_call_that_is_harmless_with_some_arguments_is_judged_by_them(machine, name, arguments, expected):
    assert verdict(machine, NUMBERS[name][tuple(AUDIT).index(machine)], *arguments) == expected


def test_the_tables_of_other_programs_end_the_process():
    assert verdict("x86_64", 20, architecture=0x40000003) == KILL
    assert verdict("x86_64", 0x40000000 + 39) == KILL
    assert verdict("aarch64", 20, architecture=0x40000028) == KILL


def test_a_processor_nobody_has_looked_at_has_no_filter():
    assert program("riscv64") is None
