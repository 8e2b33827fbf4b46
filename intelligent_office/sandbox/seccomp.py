"""The filter of system calls, as a classic BPF program: see seccomp(2) and `struct seccomp_data` in linux/seccomp.h.

Python needs few of the kernel's calls. Those that reach other processes, other name spaces, devices, the network or
memory that no limit counts are answered with an error; those of another architecture's table end the process.
"""

import errno
import struct

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_ALLOW, _KILL, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT, _THIRD_ARGUMENT, _FOURTH_ARGUMENT = 0, 4, 16, 24, 32, 40

_NEW_NAMESPACES = 0x7E020080  # CLONE_NEW*: time, mount, cgroup, uts, ipc, user, pid, net
_UNIX = 1
_WHEN_PARENT_DIES, _SIGKILL = 1, 9  # PR_SET_PDEATHSIG: it may be set to this and to nothing else
_FILTER = 22  # PR_SET_SECCOMP
_FAKE_INPUT, _VIRTUAL_CONSOLE = 0x5412, 0x541C  # TIOCSTI, TIOCLINUX
_SHARED, _ANONYMOUS, _HUGE_PAGES = 0x01, 0x20, 0x40000  # MAP_SHARED, MAP_ANONYMOUS, MAP_HUGETLB
_SEND_BUFFER, _ATTACH_FILTER = 7, 26  # SO_SNDBUF, SO_ATTACH_FILTER
_MERGEABLE = 12  # MADV_MERGEABLE
_WATCH_FOLDER = 1026  # F_NOTIFY
_LOCK_OPEN_FILE = (37, 38)  # F_OFD_SETLK, F_OFD_SETLKW: nobody can tell whose such a lock is
_UNKNOWN_FROM = 463
"""From here on, in the table that all processors share, are calls of kernels after 6.10, which nobody has judged."""

_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000

NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "fcntl": (72, 25),
    "ioctl": (16, 29),
    "madvise": (28, 233),
    "mmap": (9, 222),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "setpriority": (141, 140),
    "setsockopt": (54, 208),
    "socket": (41, 198),
    "socketpair": (53, 199),
    # other processes
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    # name spaces, mounts, other roots
    "chroot": (161, 51),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "pivot_root": (155, 41),
    "setns": (308, 268),
    "umount2": (166, 39),
    "unshare": (272, 97),
    # memory that no limit counts
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "fsetxattr": (190, 7),
    "lsetxattr": (189, 6),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "semget": (64, 190),
    "setxattr": (188, 5),
    "shmget": (29, 194),
    # what others do with files and disks
    "cachestat": (451, 451),
    "ustat": (136, None),
    # wide doors into the kernel
    "add_key": (248, 217),
    "bpf": (321, 280),
    "fanotify_init": (300, 262),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "mbind": (237, 235),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "move_pages": (279, 239),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "remap_file_pages": (216, 234),
    "request_key": (249, 218),
    "seccomp": (317, 277),
    "set_mempolicy": (238, 237),
    "userfaultfd": (323, 282),
    "vmsplice": (278, 75),
    # the machine itself
    "acct": (163, 89),
    "io_setup": (206, 0),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "init_module": (175, 105),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "sync": (162, 81),
    "syncfs": (306, 267),
    "syslog": (103, 116),
    "vhangup": (153, 58),
}
"""On x86_64 and on aarch64, from the kernel's tables; None where there is no such call."""
_ATTRIBUTES = ("fsetxattr", "lsetxattr", "setxattr")
"""Programs that copy files do without, where a file system has none; a refusal would fail them."""
_OF_ITSELF_ONLY = ("prlimit64", "sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler")
"""Its first argument is a process, and process 1, of the same user, must keep its limits and its turn; 0 is itself."""
_BY_ARGUMENT = (
    *_OF_ITSELF_ONLY,
    *(
        "clone",
        "clone3",
        "fcntl",
        "ioctl",
        "madvise",
        "mmap",
        "prctl",
        "setpriority",
        "setsockopt",
        "socket",
        "socketpair",
    ),
)


def program(machine: str) -> bytes | None:
    """The filter for a machine as `platform.machine()` names it; None for one whose calls are not known here."""
    if machine not in _AUDIT:
        return None
    column = tuple(_AUDIT).index(machine)
    number = {name: numbers[column] for name, numbers in NUMBERS.items()}
    lines = [
        _line(_LOAD, _ARCHITECTURE),
        _line(_EQUAL, _AUDIT[machine], yes=1),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        lines += [_line(_AT_LEAST, _X32, no=1), _line(_RETURN, _KILL)]
    lines += [_line(_AT_LEAST, _UNKNOWN_FROM, no=1), _failing(errno.ENOSYS)]
    for name, own in number.items():
        if name not in _BY_ARGUMENT and own is not None:
            lines += _when(own, [_failing(errno.EOPNOTSUPP if name in _ATTRIBUTES else errno.EPERM)])
    # C libraries take ENOSYS for an old kernel and use `clone`, whose flags a filter can see.
    lines += _when(number["clone3"], [_failing(errno.ENOSYS)])
    lines += _when(number["clone"], _if_argument(_FIRST_ARGUMENT, _ANY_BIT, _NEW_NAMESPACES))
    lines += _when(
        number["prctl"],
        [
            _line(_LOAD, _FIRST_ARGUMENT),
            _line(_EQUAL, _FILTER, yes=3),
            _line(_EQUAL, _WHEN_PARENT_DIES, no=3),
            _line(_LOAD, _SECOND_ARGUMENT),
            _line(_EQUAL, _SIGKILL, yes=1),
            _failing(errno.EPERM),
        ],
    )
    lines += _when(
        number["ioctl"],
        _if_argument(_SECOND_ARGUMENT, _EQUAL, _FAKE_INPUT) + _if_argument(_SECOND_ARGUMENT, _EQUAL, _VIRTUAL_CONSOLE),
    )
    for name in ("socket", "socketpair"):
        lines += _when(
            number[name],
            [_line(_LOAD, _FIRST_ARGUMENT), _line(_EQUAL, _UNIX, yes=1), _failing(errno.EAFNOSUPPORT)],
        )
    for name in _OF_ITSELF_ONLY:
        lines += _when(number[name], _unless_zero(_FIRST_ARGUMENT))
    # of a process and not of a user, and of itself
    lines += _when(number["setpriority"], _unless_zero(_FIRST_ARGUMENT) + _unless_zero(_SECOND_ARGUMENT))
    # What is shared and has no file stays when nobody has it mapped any more; buffers of sockets are nobody's.
    lines += _when(
        number["mmap"],
        [
            _line(_LOAD, _FOURTH_ARGUMENT),
            _line(_ANY_BIT, _HUGE_PAGES, yes=2),
            _line(_ANY_BIT, _ANONYMOUS, no=2),
            _line(_ANY_BIT, _SHARED, no=1),
            _failing(errno.EPERM),
        ],
    )
    for command in (_WATCH_FOLDER, *_LOCK_OPEN_FILE):
        lines += _when(number["fcntl"], _if_argument(_SECOND_ARGUMENT, _EQUAL, command))
    lines += _when(
        number["setsockopt"],
        _if_argument(_THIRD_ARGUMENT, _EQUAL, _SEND_BUFFER) + _if_argument(_THIRD_ARGUMENT, _EQUAL, _ATTACH_FILTER),
    )
    lines += _when(number["madvise"], _if_argument(_THIRD_ARGUMENT, _EQUAL, _MERGEABLE))
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _line(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One instruction; `yes` and `no` say how many to skip."""
    return struct.pack("=HBBI", code, yes, no, value)


def _failing(number: int) -> bytes:
    return _line(_RETURN, _FAIL | number)


def _if_argument(offset: int, test: int, value: int) -> list[bytes]:
    return [_line(_LOAD, offset), _line(test, value, no=1), _failing(errno.EPERM)]


def _unless_zero(offset: int) -> list[bytes]:
    return [_line(_LOAD, offset), _line(_EQUAL, 0, yes=1), _failing(errno.EPERM)]


def _when(number: int | None, then: list[bytes]) -> list[bytes]:
    """The lines for one system call; what they let pass goes on with the number in its place again."""
    assert number is not None, "calls that are judged by their arguments exist everywhere"
    return [_line(_EQUAL, number, no=len(then) + 1), *then, _line(_LOAD, _NUMBER)]
