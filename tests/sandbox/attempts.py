"""Programs that try to get out of a sandbox, or to harm the machine it is on. Each says `escaped` where it succeeds.

`{secret_file}`, `{process}` and the like are filled in by the test, which looks from outside at what they stand for.
"""

from dataclasses import dataclass

PRELUDE = """
import ctypes, errno, os, platform, signal, socket, subprocess, sys, threading, time
REFUSED = (errno.EPERM, errno.ENOSYS, errno.EACCES, errno.EAFNOSUPPORT)
def call(numbers, *arguments):
    number = numbers[0 if platform.machine() == "x86_64" else 1]
    if number is None:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(number, *arguments) >= 0 or ctypes.get_errno() not in REFUSED:
        print("escaped", ctypes.get_errno())
def tried(work):
    try:
        work()
    except (OSError, RuntimeError, ValueError, MemoryError) as failure:
        print("refused:", failure)
    else:
        print("escaped")
"""


@dataclass(frozen=True)
class Attempt:
    kind: str
    name: str
    code: str
    stopped: tuple[str, ...] = ("",)
    """The limits that may end it; empty for an end of its own."""

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def all_of(kind: str, **codes: str) -> list[Attempt]:
    return [Attempt(kind, name.replace("_", " "), code) for name, code in codes.items()]


SECRETS = all_of(
    "secrets",
    a_private_file="tried(lambda: print(open('{secret_file}').read()))",
    a_public_file="tried(lambda: print(open('{public_file}').read()))",
    shadow_passwords="tried(lambda: open('/etc/shadow').read())",
    who_is_there="tried(lambda: open('/etc/passwd').read())",
    the_environment="print('escaped' if '{secret}' in str(os.environ) or 'OFFICE' in str(os.environ) else os.environ)",
    the_environment_of_process_1="tried(lambda: open('/proc/1/environ','rb').read())",
    the_memory_of_process_1="tried(lambda: open('/proc/1/mem','r+b').read(1))",
    the_descriptors_of_process_1="tried(lambda: os.listdir('/proc/1/fd'))",
    the_root_of_process_1="tried(lambda: os.listdir('/proc/1/root/'))",
    processes_of_the_host="print('escaped' if os.path.exists('/proc/{process}/status') and {process} > 9 else '')",
    the_command_lines_of_others="""
for name in os.listdir('/proc'):
    if name.isdigit() and b'{secret}' in open(f'/proc/{{name}}/cmdline','rb').read(): print('escaped')
""",
    home_folders="print('escaped' if any(os.path.isdir(d) for d in ('/home','/var','/srv','/opt')) else '')",
    root_of_the_host="tried(lambda: open('/proc/self/root/{secret_file}').read())",
    kernel_messages="call({syslog}, 3, ctypes.create_string_buffer(100), 100)",
    kernel_memory="tried(lambda: open('/proc/kcore','rb').read(1))",
    metadata_of_the_machine="tried(lambda: open('/sys/class/dmi/id/product_name').read())",
    inherited_descriptors="""
for number in range(3, 1024):
    try: print('escaped', number, os.fstat(number))
    except OSError: pass
""",
    inherited_working_folder="print('escaped' if os.getcwd() != '/work' else '')",
)
NETWORK = all_of(
    "network",
    tcp="tried(lambda: socket.create_connection(('127.0.0.1', {tcp_port}), 1))",
    udp="tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {udp_port})))",
    ipv6="tried(lambda: socket.socket(socket.AF_INET6).connect(('::1', {tcp_port})))",
    unix_sockets="tried(lambda: socket.socket(socket.AF_UNIX).connect('{unix_socket}'))",
    abstract_sockets="tried(lambda: socket.socket(socket.AF_UNIX).connect(chr(0) + '{abstract_socket}'))",
    cloud_metadata="tried(lambda: socket.create_connection(('169.254.169.254', 80), 1))",
    names="tried(lambda: socket.getaddrinfo('example.com', 80, type=socket.SOCK_STREAM, flags=0))",
    raw_sockets="tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))",
    packet_sockets="tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))",
    netlink="tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))",
    vsock="tried(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))",
    crypto_sockets="tried(lambda: socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET))",
    bluetooth="tried(lambda: socket.socket(31, socket.SOCK_RAW, 1))",
    families_by_way_of_pairs="""
for family in (socket.AF_INET, socket.AF_NETLINK, socket.AF_ALG, socket.AF_VSOCK, 30):
    try: socket.socketpair(family, socket.SOCK_STREAM)
    except OSError as refused: print('' if refused.errno == errno.EAFNOSUPPORT else 'escaped')
""",
)
PROCESSES = all_of(
    "processes",
    signal_the_host="tried(lambda: os.kill({process}, 9))",
    signal_process_1="""
descriptor = os.pidfd_open(1)
for number in range(1, 65):
    if number not in (32, 33):
        os.kill(1, number)
        signal.pidfd_send_signal(descriptor, number)
time.sleep(0.1)
""",
    limit_process_1="""
import resource
tried(lambda: resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0)))
tried(lambda: resource.prlimit(1, resource.RLIMIT_CPU, (0, 0)))
time.sleep(0.1)
""",
    give_process_1_no_turn="""
tried(lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)))
tried(lambda: os.sched_setaffinity(1, {{0}}))
tried(lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
tried(lambda: os.setpriority(os.PRIO_USER, 0, 19))
call({sched_setattr}, 1, ctypes.create_string_buffer(48), 0)
call({ioprio_set}, 1, 1, 3 << 13)
""",
    have_process_1_killed_for_want_of_memory="""
def write():
    with open('/proc/1/oom_score_adj', 'w') as score: score.write('1000')
tried(write)
""",
    a_turn_before_all_others="tried(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))",
    a_core_file_for_a_program_of_the_host="""
import resource
print('escaped' if resource.getrlimit(resource.RLIMIT_CORE)[1] not in (0, 1) else '')
""",
    other_users_of_its_own="""
def write():
    with open('/proc/self/uid_map', 'w') as users: users.write('0 0 1')
tried(write)
""",
    trace_process_1="call({ptrace}, 16, 1, 0, 0)",
    trace_itself="call({ptrace}, 0, 0, 0, 0)",
    read_others_memory="call({process_vm_readv}, 1, None, 0, None, 0, 0)",
    write_others_memory="call({process_vm_writev}, 1, None, 0, None, 0, 0)",
    take_a_descriptor="call({pidfd_getfd}, 0, 0, 0)",
    compare_with_process_1="call({kcmp}, 1, 1, 0, 0, 0)",
    outlive_the_one_who_asked="call({prctl}, 1, 0, 0, 0, 0)",
    become_root="tried(lambda: os.setuid(0))",
    become_root_by_a_program="""
status = open('/proc/self/status').read()
print('escaped' if 'NoNewPrivs:\\t1' not in status or 'CapEff:\\t0000000000000000' not in status else 'powerless')
""",
    a_setuid_program_of_its_own="""
import shutil
shutil.copy('/usr/bin/id' if os.path.exists('/usr/bin/id') else sys.executable, '/work/own')
os.chmod('/work/own', 0o6755)
print('escaped' if not os.statvfs('/work').f_flag & os.ST_NOSUID else '')
""",
    raise_its_limits="""
import resource
tried(lambda: resource.setrlimit(resource.RLIMIT_NPROC, (10000, 10000)))
""",
    higher_priority="tried(lambda: os.nice(-10))",
    write_to_the_terminal="""
import fcntl, termios
def push():
    terminal = os.open('/dev/tty', os.O_RDWR)
    fcntl.ioctl(terminal, termios.TIOCSTI, b'x')
tried(push)
""",
)
KERNEL = all_of(
    "kernel",
    new_user_namespace="call({unshare}, 0x10000000)",
    new_mount_namespace="call({unshare}, 0x00020000)",
    clone_into_a_namespace="call({clone}, 0x10000000 | 17, None, None, None, None)",
    clone3="call({clone3}, ctypes.create_string_buffer(88), 88)",
    other_namespaces="call({setns}, 0, 0)",
    mount="call({mount}, b'none', b'/work', b'tmpfs', 0, None)",
    mount_the_new_way="call({fsopen}, b'tmpfs', 0)",
    copy_a_mount="call({open_tree}, -100, b'/', 1)",
    unmount="call({umount2}, b'/proc', 2)",
    remount="call({mount_setattr}, -100, b'/', 0, None, 0)",
    another_root="call({chroot}, b'/work')",
    pivot_root="call({pivot_root}, b'/', b'/')",
    open_by_handle="call({open_by_handle_at}, 0, None, 0)",
    bpf="call({bpf}, 0, None, 0)",
    io_uring="call({io_uring_setup}, 1, ctypes.create_string_buffer(120))",
    userfaultfd="call({userfaultfd}, 0)",
    perf="call({perf_event_open}, None, 0, -1, -1, 0)",
    keyrings="call({keyctl}, 0, -3, 1)",
    add_a_key="call({add_key}, b'user', b'x', b'y', 1, -3)",
    kernel_modules="call({finit_module}, 0, b'', 0)",
    kexec="call({kexec_load}, 0, 0, None, 0)",
    reboot="call({reboot}, 0xfee1dead, 672274793, 0, None)",
    the_clock="call({clock_settime}, 0, None)",
    the_name_of_the_host="call({sethostname}, b'x', 1)",
    personality="call({personality}, 0x0040000)",
    local_descriptor_tables="call({modify_ldt}, 0, None, 0)",
    ports="call({iopl}, 3)",
    swap="call({swapoff}, b'/swap')",
    accounting="call({acct}, None)",
    sysctl="tried(lambda: open('/proc/sys/kernel/core_pattern','w').write('|/work/x'))",
    sysrq="tried(lambda: open('/proc/sysrq-trigger','w').write('b'))",
    cgroups="tried(lambda: os.mkdir('/sys/fs/cgroup/x'))",
    a_device="tried(lambda: os.mknod('/work/disk', 0o060666, os.makedev(254, 0)))",
    disks="print('escaped' if set(os.listdir('/dev')) - {{'null','zero','full','random','urandom'}} else '')",
    the_table_of_32_bit_programs="""
import mmap
if platform.machine() != 'x86_64': raise SystemExit
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))  # mov eax, getpid; int 0x80; ret
ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
print('escaped')
""",
    the_table_of_x32_programs="""
if platform.machine() == 'x86_64':
    ctypes.CDLL(None).syscall(0x40000000 + 39)
    print('escaped')
""",
    memory_nobody_counts="call({memfd_create}, b'x', 0)",
    shared_memory="call({shmget}, 0, 1 << 20, 0o1600)",
    message_queues="call({msgget}, 0, 0o1600)",
    named_message_queues="call({mq_open}, b'/x', 0o102, 0o600, None)",
    semaphores="call({semget}, 0, 1, 0o1600)",
    shared_memory_without_a_file="""
import mmap
tried(lambda: mmap.mmap(-1, 1 << 20))
""",
    shared_memory_of_a_device="""
import mmap
tried(lambda: mmap.mmap(os.open('/dev/zero', os.O_RDWR), 1 << 20))
""",
    huge_pages="""
import mmap
tried(lambda: mmap.mmap(-1, 2 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000))
""",
    larger_buffers="tried(lambda: socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 30))",
    have_all_disks_written="call({sync})",
    have_a_disk_written="call({syncfs}, os.open('/usr', os.O_RDONLY))",
    watch_who_opens_files="call({inotify_init1}, 0)",
    watch_a_folder_of_the_system="""
import fcntl
tried(lambda: fcntl.fcntl(os.open('/usr', os.O_RDONLY), fcntl.F_NOTIFY, 1))
""",
    requests_that_the_machine_has_few_of="call({io_setup}, 60000, ctypes.byref(ctypes.c_ulong(0)))",
    calls_of_a_kernel_to_come="call((463, 463), -100, b'/work', 0, b'user.x', None, 0)",
)
FILES = all_of(
    "files",
    write_beside_the_folder="tried(lambda: open('{outside}/harm', 'w'))",
    write_to_the_system="tried(lambda: open('/usr/harm', 'w'))",
    write_to_the_root="tried(lambda: open('/harm', 'w'))",
    write_to_dev="tried(lambda: open('/dev/harm', 'w'))",
    write_to_etc="tried(lambda: open('/etc/harm', 'w'))",
    write_to_shared_memory="tried(lambda: open('/dev/shm/harm', 'w'))",
    overwrite_its_python="tried(lambda: open(sys.executable, 'r+b'))",
    write_to_var_tmp="tried(lambda: open('/var/tmp/harm', 'w'))",
    remove_the_system="tried(lambda: os.unlink('/usr/bin/env'))",
    hand_out_a_link="os.symlink('{secret_file}', '/work/wanted.txt')",
    hand_out_a_link_to_the_system="os.symlink('/proc/1/environ', '/work/wanted.txt')",
    hand_out_through_a_linked_folder="os.symlink('/', '/work/folder')",
    hand_out_a_device="tried(lambda: os.mknod('/work/wanted.txt', 0o020666, os.makedev(1, 5)))",
    hand_out_a_pipe="os.mkfifo('/work/wanted.txt')",
    hand_out_a_socket="socket.socket(socket.AF_UNIX).bind('/work/wanted.txt')",
    hand_out_a_folder="os.mkdir('/work/wanted.txt')",
    hand_out_too_much="""
with open('/work/wanted.txt', 'wb') as file:
    file.truncate(3 << 20)
""",
)
BOMBS = [
    Attempt("bombs", name, code, stopped)
    for name, code, stopped in [
        ("forks", "while True:\n    try: os.fork()\n    except OSError: pass", ("time", "processes", "memory")),
        (
            "forks that end",
            "while True:\n    try:\n        if os.fork(): os._exit(0)\n    except OSError: pass",
            ("", "time", "processes", "memory"),
        ),
        (
            "threads",
            """
def wait(): time.sleep(60)
def many():
    for _ in range(10000): threading.Thread(target=wait, daemon=True).start()
tried(many)
os._exit(1)
""",
            ("", "memory"),
        ),
        ("memory", "tried(lambda: bytearray(4 << 30))", ("", "memory")),
        ("memory, bit by bit", "held = []\nwhile True: held.append(bytearray(1 << 20))", ("", "memory")),
        (
            "memory in many processes",
            """
for _ in range(8):
    if not os.fork(): break
held = bytearray(90 << 20)
for at in range(0, len(held), 4096): held[at] = 1
time.sleep(60)
""",
            ("memory",),
        ),
        (
            "memory of sockets",
            """
for _ in range(6):
    if not os.fork(): break
held = []
while True:
    try: pair = socket.socketpair()
    except OSError: time.sleep(60)
    held.append(pair)
    for end in pair:
        end.setblocking(False)
        try:
            while True: end.send(bytes(65536))
        except BlockingIOError: pass
""",
            ("memory",),
        ),
        (
            "disk",
            """
def fill():
    with open('/work/big', 'wb') as file:
        while True: file.write(bytes(1 << 20))
tried(fill)
""",
            ("",),
        ),
        (
            "disk by many files",
            """
def fill():
    for number in range(1000):
        with open(f'/work/{{number}}', 'wb') as file: file.write(bytes(1 << 20))
tried(fill)
""",
            ("",),
        ),
        ("inodes", "for number in range(10**7): os.close(os.open(f'/work/{{number}}', os.O_CREAT))", ("files", "")),
        ("folders in folders", "while True:\n    os.mkdir('x')\n    os.chdir('x')", ("", "files")),
        ("open files", "tried(lambda: [open('/dev/null') for _ in range(10**6)])", ("",)),
        ("pipes", "tried(lambda: [os.pipe() for _ in range(10**6)])", ("",)),
        ("an endless loop", "while True: pass", ("time",)),
        (
            "an endless loop that ignores signals",
            """
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
""",
            ("time",),
        ),
        ("endless sleep", "time.sleep(10**6)", ("time",)),
        ("endless output", "while True: os.write(1, b'x' * 65536)", ("output",)),
        ("endless errors", "while True: os.write(2, b'x' * 65536)", ("output",)),
        ("deep recursion", "sys.setrecursionlimit(10**9)\ndef f(): f()\nf()", ("", "memory", "time")),
        ("a crash", "ctypes.string_at(0)", ("",)),
        (
            "an endless loop at the end",
            "import atexit\ndef loop():\n    while True: pass\natexit.register(loop)",
            ("time",),
        ),
        ("a program that stops itself", "os.kill(0, signal.SIGSTOP)", ("time",)),
        (
            "a file of a terabyte",
            "def grow():\n    with open('/work/giant', 'wb') as file: file.truncate(1 << 40)\ntried(grow)",
            ("",),
        ),
        (
            "a daemon",
            """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
    os._exit(0)
""",
            ("",),
        ),
        (
            "a daemon that holds the output open",
            """
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(3600)
""",
            ("",),
        ),
    ]
]

ATTEMPTS = [*SECRETS, *NETWORK, *PROCESSES, *KERNEL, *FILES, *BOMBS]
