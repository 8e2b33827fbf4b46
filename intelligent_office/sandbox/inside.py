"""Process 1 of a sandbox: takes a job from its standard input, runs it in a child, watches it, and reports.

It is handed to the sandbox's Python on its command line and may import nothing but the standard library, as little as
can be: each import is time that a run waits. The child is never trusted: it holds none of this process's descriptors,
cannot look into it (it is not dumpable), and what it leaves is read only after every other process of the sandbox is
dead.
When its standard input closes, whoever asked for the run is gone: it ends, and with process 1 the kernel ends the rest.
"""

import _signal as signal  # type: ignore[import-not-found]  # the same without its enums, which take 4 ms to be made
import ctypes
import errno
import io
import os
import resource
import select
import stat
import struct
import sys
import time

FOLDER = "/work"
TICK_SECONDS = 0.02
WHEN_PARENT_DIES, DUMPABLE, FILTER = 1, 4, 22  # PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP
SOCKET_BYTES = 1 << 21
"""What a socket may keep of messages that nobody has read: memory of the kernel, in no process's account."""
LOCK_BYTES = 1 << 14
"""Far more than the kernel keeps for the lock of a file, but nobody needs thousands, and each makes the next slower."""
LOOKS_FOR_LOCKS = 5
"""To be told of locks takes 10 ms, in which the kernel waits for every processor, so they are counted less often."""
LENGTH = struct.Struct(">Q")
Limits = dict[str, float]


def read_exactly(size: int) -> bytes:
    pieces = []
    while size:
        piece = os.read(0, min(size, 1 << 20))
        if not piece:
            os._exit(0)
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def read_piece() -> bytes:
    (length,) = LENGTH.unpack(read_exactly(LENGTH.size))
    return read_exactly(length)


def write_piece(piece: bytes) -> None:
    rest = memoryview(LENGTH.pack(len(piece)) + piece)
    while rest:
        rest = rest[os.write(1, rest) :]


def become_nobody(user: int) -> None:
    """From here on without any right. Only a sandbox that root set up starts with the right to do this."""
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def be_of_no_login() -> None:
    """Whoever has not logged in may say once who it was: then it is this user, and no program can say another."""
    try:
        with open("/proc/self/loginuid", "w") as who:
            who.write(str(os.getuid()))
    except OSError:  # it is settled already, or this kernel keeps no such record
        pass


def filter_calls(libc: ctypes.CDLL, program: bytes) -> None:
    """Let a filter of system calls judge this process and its children, where whoever set the sandbox up has not."""

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))

    if program and libc.prctl(FILTER, 2, ctypes.byref(Program(len(program) // 8, program)), 0, 0):
        raise OSError(ctypes.get_errno(), "the filter of system calls is refused")


def put_files(count: int) -> None:
    for _ in range(count):
        path = os.path.join(FOLDER, read_piece().decode("utf-8", "surrogateescape"))
        content = read_piece()
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)


def limit(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_NOFILE, limits["open_files"]),
        (resource.RLIMIT_FSIZE, limits["disk"]),
        (resource.RLIMIT_CORE, 1),  # at 0, a system that pipes core files to a program still starts it, as root
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 64),
        (resource.RLIMIT_NICE, 0),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_CPU, limits["cpu"]),
    ):
        hard = resource.getrlimit(what)[1]  # whoever started the office may have set it lower
        most = int(most) if hard == resource.RLIM_INFINITY else min(int(most), hard)
        late = 1 if what == resource.RLIMIT_CPU and most != hard else 0  # a second between the signal and the end
        resource.setrlimit(what, (most, most + late))


def be_the_child(libc: ctypes.CDLL, limits: Limits, out: int, err: int) -> None:
    """What stands between the fork and the program."""
    os.dup2(err, 2)
    os.dup2(out, 1)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.closerange(3, 1 << 10)
    os.setsid()
    libc.prctl(DUMPABLE, 1, 0, 0, 0)
    with open("/proc/self/oom_score_adj", "w") as score:  # where memory is short, the kernel takes this one first
        score.write("1000")
    be_of_no_login()
    os.nice(5)
    os.chdir(FOLDER)
    limit(limits)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def run(code: bytes) -> None:
    """The program as `__main__`. What a last line on its own stands for is shown, as at Python's prompt."""
    import _ast
    import _sitebuiltins
    import builtins
    import types

    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    sys.argv = ["program.py"]
    sys.path.insert(0, FOLDER)
    try:
        tree = compile(code, "program.py", "exec", _ast.PyCF_ONLY_AST, dont_inherit=True)
        assert isinstance(tree, _ast.Module)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], _ast.Expr) else None
        exec(compile(tree, "program.py", "exec", dont_inherit=True), module.__dict__)
        if last:
            exec(compile(_ast.Interactive([last]), "program.py", "single", dont_inherit=True), module.__dict__)
    except SystemExit:
        raise
    except BaseException as failure:  # noqa: BLE001  # whatever the program raises is told
        sys.stdout.flush()
        import linecache
        import traceback

        text = code.decode("utf-8", "replace")
        linecache.cache["program.py"] = (len(text), None, text.splitlines(keepends=True), "program.py")
        trace = failure.__traceback__.tb_next if failure.__traceback__ else None
        sys.stderr.write("".join(traceback.format_exception(type(failure), failure, trace)))
        raise SystemExit(1) from None


class Watch:
    """Looks after the child until it has ended or a limit is reached."""

    def __init__(self, child: int, out: int, err: int, limits: Limits) -> None:
        self.child = child
        self.limits = limits
        self.taken = {out: bytearray(), err: bytearray()}
        self.status: int | None = None
        self.stopped = ""
        self.peak = 0  # bytes, of all processes together
        self.looks = self.locks = 0
        self.deadline = time.monotonic() + limits["wall"]
        for descriptor in self.taken:
            os.set_blocking(descriptor, False)

    def until_the_end(self) -> None:
        poll = select.poll()
        for descriptor in (0, os.pidfd_open(self.child), *self.taken):
            poll.register(descriptor, select.POLLIN)
        look = 0.0
        while not self.stopped:
            for descriptor, _ in poll.poll(TICK_SECONDS * 1000):
                if descriptor == 0:
                    os._exit(0)
                try:
                    if descriptor in self.taken and not self.take(descriptor):
                        poll.unregister(descriptor)
                except BlockingIOError:  # the program reads what it writes, and was here before
                    pass
            self.reap(os.WNOHANG)
            if self.status is not None or self.stopped:  # also if that is seen only now that the time is up
                break
            now = time.monotonic()
            if now >= self.deadline:
                self.stopped = "time"
            elif now >= look:
                self.look()
                look = time.monotonic() + TICK_SECONDS

    def take(self, descriptor: int) -> bool:
        piece = os.read(descriptor, 1 << 16)
        room = int(self.limits["output"]) - sum(map(len, self.taken.values()))
        self.taken[descriptor] += piece[:room]
        if len(piece) > room:
            self.stopped = self.stopped or "output"
            return False
        return bool(piece)

    def look(self) -> None:
        """Memory and processes of all, and files: nothing the kernel limits for more than one process or at all."""
        memory = processes = 0
        for name in os.listdir("/proc"):
            if name.isdigit() and name != "1":
                try:
                    with open(f"/proc/{name}/status", "rb") as file:
                        held = [line.split()[1] for line in file if line.startswith((b"RssAnon:", b"VmSwap:"))]
                except OSError:
                    continue
                memory += sum(map(int, held)) * 1024
                processes += 1
        self.peak = max(self.peak, memory)
        with open("/proc/net/unix") as sockets:
            kept = (sum(1 for _ in sockets) - 1) * SOCKET_BYTES
        self.looks += 1
        if self.looks % LOOKS_FOR_LOCKS == 0:
            with open("/proc/locks", "rb", 0) as file:
                told = file.read()
            self.locks = told.count(b"\n") - told.count(b"OFDLCK")  # which are the whole machine's, and closed to us
        kept += self.locks * LOCK_BYTES
        files = os.statvfs(FOLDER)
        if memory + kept > self.limits["memory"]:
            self.stopped = "memory"
        elif processes > self.limits["processes"]:
            self.stopped = "processes"
        elif files.f_files - files.f_ffree > self.limits["inodes"]:
            self.stopped = "files"

    def reap(self, how: int) -> None:
        while True:
            try:
                process, status, used = os.wait4(-1, how)
            except ChildProcessError:
                return
            if not process:
                return
            if process == self.child:
                self.status = os.waitstatus_to_exitcode(status)
                spent = used.ru_utime + used.ru_stime >= self.limits["cpu"]
                if self.status == -signal.SIGXCPU or (self.status == -signal.SIGKILL and spent):  # or it was ignored
                    self.stopped = self.stopped or "cpu"

    def end_all(self) -> None:
        """Nothing is left beside this process, and what the dead have written is taken."""
        while True:
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                break
            self.reap(0)
        self.reap(0)
        for descriptor in self.taken:
            try:
                while self.take(descriptor):
                    pass
            except BlockingIOError:
                pass


def open_wanted(path: str, room: int) -> int:
    """The descriptor of a regular file there is room for; no part of the way to it may be a link."""
    folder = os.open(FOLDER, os.O_RDONLY | os.O_DIRECTORY)
    *way, name = path.split("/")
    for part in way:
        folder = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    status = os.fstat(file)
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no regular file")
    if status.st_size > room:
        raise OSError(errno.EFBIG, "is too large to be handed out")
    return file


def hand_out(wanted: list[bytes], room: int) -> None:
    for path in wanted:
        try:
            file = open_wanted(path.decode("utf-8", "surrogateescape"), room)
            with os.fdopen(file, "rb") as opened:
                content, note = opened.read(room), b""
        except OSError as failure:
            links = {errno.ELOOP: "is a link, or behind one", errno.ENOENT: "was not written"}
            content, note = b"", (links.get(failure.errno or 0) or str(failure.strerror)).encode()
        room -= len(content)
        for piece in (path, note, content):
            write_piece(piece)


def main() -> bytes:
    names = ("user", "wall", "cpu", "memory", "processes", "open_files", "disk", "inodes", "output", "produced")
    limits = {name: float(number) for name, number in zip(names, read_piece().split(), strict=True)}
    become_nobody(int(limits["user"]))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(WHEN_PARENT_DIES, signal.SIGKILL, 0, 0, 0)  # forgotten by the kernel when a process changes its user
    libc.prctl(DUMPABLE, 0, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # which process 1 does not hear from its own; Python's it would
    filter_calls(libc, read_piece())
    code = read_piece()
    put_files(int(read_piece()))
    wanted = [read_piece() for _ in range(int(read_piece()))]
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    child = os.fork()
    if not child:
        be_the_child(libc, limits, out_end, err_end)
        del libc
        return code
    os.close(out_end)
    os.close(err_end)
    watch = Watch(child, out, err, limits)
    watch.until_the_end()
    watch.end_all()
    files, used = os.statvfs(FOLDER), resource.getrusage(resource.RUSAGE_CHILDREN)
    disk = (files.f_blocks - files.f_bfree) * files.f_frsize
    peak = max(watch.peak, used.ru_maxrss * 1024)
    microseconds = int((used.ru_utime + used.ru_stime) * 1_000_000)
    write_piece(f"{watch.status} {watch.stopped or '-'} {microseconds} {peak} {disk}".encode())
    write_piece(bytes(watch.taken[out]))
    write_piece(bytes(watch.taken[err]))
    hand_out(wanted, int(limits["produced"]))
    os._exit(0)


if __name__ == "__main__":
    run(main())
