"""More attempts, of kinds that are easily forgotten: see `attempts.py`."""

from tests.sandbox.attempts import Attempt, all_of

OVERLOOKED = [
    *all_of(
        "secrets",
        keys_of_the_kernel="""
try: shown = open('/proc/keys').read()
except OSError: shown = ''
print('escaped' if shown else '')
""",
        where_the_kernel_lies="""
try: shown = [line for line in open('/proc/kallsyms') if line.split()[0].strip('0')]
except OSError: shown = []
print('escaped' if shown else '')
""",
        where_its_memory_lies="""
page = ctypes.create_string_buffer(1 << 16)
with open('/proc/self/pagemap', 'rb') as map:
    map.seek(ctypes.addressof(page) // 4096 * 8)
    entry = int.from_bytes(map.read(8), sys.byteorder)
print('escaped' if entry & ((1 << 55) - 1) and entry >> 63 else '')
""",
        how_the_kernel_was_started="tried(lambda: open('/proc/cmdline').read())",
        when_keys_are_struck="tried(lambda: open('/proc/interrupts').read())",
        the_disks_of_the_machine="call({ustat}, os.stat('/usr').st_dev, ctypes.create_string_buffer(64))",
        the_program_of_process_1="tried(lambda: os.readlink('/proc/1/exe'))",
        the_mappings_of_process_1="tried(lambda: open('/proc/1/maps').read(1))",
        the_threads_of_process_1="tried(lambda: open('/proc/1/task/1/environ', 'rb').read())",
        folders_of_the_host_in_the_list_of_mounts="""
print('escaped' if '{outside}' in open('/proc/self/mountinfo').read() else '')
""",
        what_others_have_read="call((451, 451), os.open(sys.executable, os.O_RDONLY), b'\\0' * 16, b'\\0' * 40, 0)",
        up_from_the_root="print('escaped' if os.path.exists('../' * 40 + '{public_file}') else '')",
        up_from_a_folder_that_was_moved_away="""
os.makedirs('/work/a/b')
held = os.open('/work/a/b', os.O_RDONLY)
os.rename('/work/a/b', '/work/c')
def up():
    at = held
    for _ in range(40): at = os.open('..', os.O_RDONLY, dir_fd=at)
    return os.stat('{public_file}'.lstrip('/'), dir_fd=at)
tried(up)
""",
    ),
    *all_of(
        "network",
        sockets_of_the_host_by_name="print('escaped' if '{abstract_socket}' in open('/proc/net/unix').read() else '')",
        messages_to_abstract_sockets="""
tried(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', chr(0) + '{abstract_socket}'))
""",
        servers_of_the_system="""
for name in ('/run/dbus/system_bus_socket', '/var/run/docker.sock', '/run/systemd/notify', '/dev/log',
             '/tmp/.X11-unix/X0'):
    tried(lambda: socket.socket(socket.AF_UNIX).connect(name))
""",
        other_interfaces="print('escaped' if len(open('/proc/net/dev').readlines()) > 3 else '')",
        bring_up_an_interface="""
import fcntl, struct
own = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
tried(lambda: fcntl.ioctl(own, 0x8914, struct.pack('16sh22x', b'lo', 0x41)))
""",
    ),
    *all_of(
        "processes",
        kill_all_that_can_be_reached="os.kill(-1, signal.SIGKILL)\nos.killpg(0, 0)",
        speak_for_process_1="""
for name in os.listdir('/proc'):
    if name.isdigit() and name != str(os.getpid()): tried(lambda: open(f'/proc/{{name}}/fd/1', 'wb'))
""",
        a_child_in_the_name_of_process_1="""
libc = ctypes.CDLL(None, use_errno=True)
number = 56 if platform.machine() == 'x86_64' else 220
if libc.syscall(number, 0x8000 | signal.SIGCHLD, None, None, None, None) == 0: os._exit(77)
if os.getppid() != 1: print('escaped')
""",
        a_daemon_of_a_subreaper="""
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
        time.sleep(3600)
    os._exit(0)
os.wait()
""",
        programs_that_belong_to_root="""
for command in ('su -c', 'sudo -n', 'pkexec', 'unshare -Ur', 'bwrap --unshare-all --ro-bind / /', 'nsenter -t 1 -a'):
    command = [*command.split(), *(['echo escaped'] if command == 'su -c' else ['echo', 'escaped'])]
    try: print(subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).stdout)
    except OSError as missing: print(missing)
""",
        a_filter_before_ours="""
class Program(ctypes.Structure): _fields_ = [('length', ctypes.c_ushort), ('lines', ctypes.c_char_p)]
allow = (6).to_bytes(2, sys.byteorder) + b'\\0\\0' + (0x7fff0000).to_bytes(4, sys.byteorder)
print(ctypes.CDLL(None, use_errno=True).prctl(22, 2, ctypes.byref(Program(1, allow)), 0, 0))
call({unshare}, 0x10000000)
call({ptrace}, 16, 1, 0, 0)
""",
        rights_of_its_own="""
tried(lambda: os.setgroups([0]))
tried(lambda: os.setresuid(0, 0, 0))
tried(lambda: os.setresgid(0, 0, 0))
def gain():
    header, data = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xffffffff] * 6)
    if ctypes.CDLL(None, use_errno=True).capset(header, data): raise OSError('no')
tried(gain)
""",
        rights_for_a_program_of_its_own="""
open('/work/own', 'w').close()
all_of_them = bytes.fromhex('01000002') + b'\\xff' * 16
tried(lambda: os.setxattr('/work/own', 'security.capability', all_of_them))
""",
        process_1_killed_by_the_kernel_for_a_descriptor="""
import fcntl
here, there = os.pipe()
fcntl.fcntl(here, fcntl.F_SETOWN, 1)
fcntl.fcntl(here, fcntl.F_SETFL, os.O_ASYNC)
for number in (signal.SIGSTOP, signal.SIGKILL, 0):
    fcntl.fcntl(here, 10, number)
    os.write(there, b'x')
time.sleep(0.1)
""",
        memory_that_cannot_be_moved_away="call((149, 228), ctypes.create_string_buffer(1 << 20), 1 << 20)",
    ),
    *all_of(
        "kernel",
        settings_of_the_kernel="""
for name in ('vm/drop_caches', 'kernel/ns_last_pid', 'net/ipv4/ip_forward', 'fs/file-max', 'user/max_user_namespaces',
             'kernel/hostname', 'kernel/modprobe', 'kernel/yama/ptrace_scope', 'kernel/randomize_va_space'):
    def write():
        with open(f'/proc/sys/{{name}}', 'w') as setting: setting.write('1')
    tried(write)
""",
        the_chance_of_the_machine="""
import fcntl
tried(lambda: fcntl.ioctl(os.open('/dev/urandom', os.O_WRONLY), 0x5206))
""",
        all_its_filesystems_frozen="""
import fcntl
tried(lambda: fcntl.ioctl(os.open('/usr', os.O_RDONLY), 0xC0045877, b'\\0' * 4))
""",
        hold_a_file_of_the_system_back="""
import fcntl
tried(lambda: fcntl.fcntl(os.open('/usr/bin/env', os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_RDLCK))
""",
        filters_that_write_to_the_log_of_the_machine="""
class Program(ctypes.Structure): _fields_ = [('length', ctypes.c_ushort), ('lines', ctypes.c_char_p)]
log = ctypes.byref(Program(1, (6).to_bytes(2, sys.byteorder) + b'\\0\\0' + (0x7ffc0000).to_bytes(4, sys.byteorder)))
call({seccomp}, 1, 2, log)
call({prctl}, 22, 2, log, 0, 0)
""",
        a_filter_for_a_socket="""
line = ctypes.create_string_buffer(b'\\6' + b'\\0' * 7)
program = (1).to_bytes(8, sys.byteorder) + ctypes.addressof(line).to_bytes(8, sys.byteorder)
tried(lambda: socket.socket(socket.AF_UNIX).setsockopt(socket.SOL_SOCKET, 26, program))
""",
        whether_others_have_the_same_in_memory="call({madvise}, None, 0, 12)",
        memory_of_lists_of_who_may_enter="""
entries = [(1, 7), (2, 7), (4, 7), (16, 7), (32, 7)]
whole = b'\\2\\0\\0\\0' + b''.join(bytes([tag, 0, may, 0]) + os.getuid().to_bytes(4, 'little') for tag, may in entries)
tried(lambda: os.setxattr('/work', 'system.posix_acl_default', whole))
""",
        the_time_of_its_processes="""
def write():
    with open('/proc/self/timens_offsets', 'w') as offsets: offsets.write('monotonic 1000000 0')
tried(write)
""",
        who_has_logged_in="""
def write():
    with open('/proc/self/loginuid', 'w') as who: who.write('0')
tried(write)
""",
    ),
    *all_of(
        "files",
        the_rights_of_the_system="tried(lambda: os.chmod('/usr', 0o777))",
        the_times_of_the_system="tried(lambda: os.utime(sys.executable))",
        a_name_for_a_file_of_the_system="tried(lambda: os.link('/usr/bin/env', '/work/wanted.txt'))",
        a_file_of_the_system_cut_off="tried(lambda: os.truncate(sys.executable, 0))",
        a_reading_descriptor_made_a_writing_one="""
held = os.open('/usr/bin/env', os.O_RDONLY)
tried(lambda: os.open(f'/proc/self/fd/{{held}}', os.O_RDWR))
held = os.open('/usr/bin/env', os.O_PATH)
tried(lambda: os.open(f'/proc/self/fd/{{held}}', os.O_WRONLY))
""",
        attributes_of_the_system="tried(lambda: os.setxattr('/usr', 'user.x', b'y'))",
        a_folder_of_the_system_moved="tried(lambda: os.rename('/usr/lib', '/work/lib'))",
        the_root_swapped_for_its_folder="""
def swap():
    if ctypes.CDLL(None, use_errno=True).renameat2(-100, b'/usr', -100, b'/work', 2): raise OSError('no')
tried(swap)
""",
        a_file_without_a_name_in_the_system="tried(lambda: os.open('/usr', os.O_TMPFILE | os.O_RDWR))",
        hand_out_from_a_folder_nobody_may_enter="""
os.makedirs('/work/folder/etc')
open('/work/folder/etc/passwd', 'w').close()
os.chmod('/work/folder', 0)
os.chmod('/work', 0)
""",
        hand_out_a_chain_of_links="""
os.mkdir('/work/folder')
os.symlink('/etc', '/work/folder/etc')
for number in range(60): os.symlink(f'/work/{{number + 1}}', f'/work/{{number}}')
os.symlink('/work/0', '/work/wanted.txt')
""",
    ),
    Attempt(
        "bombs",
        "memory of pipes",
        """
import fcntl
for _ in range(6):
    if not os.fork(): break
taken = 0
try:
    while True:
        _, end = os.pipe()
        os.set_blocking(end, False)
        try: fcntl.fcntl(end, 1031, 1 << 20)
        except OSError: pass
        try:
            while True: taken += os.write(end, bytes(4096))
        except BlockingIOError: pass
except OSError: pass
with open('/work/sum', 'ab') as sums: sums.write(b'x' * (taken >> 20))
if os.path.getsize('/work/sum') > 128: print('escaped')
time.sleep(0.1)
""",
        ("", "memory"),
    ),
    Attempt(
        "bombs",
        "locks of files",
        """
import fcntl
held, at = [os.open(f'/work/{{number}}', os.O_RDWR | os.O_CREAT) for number in range(50)], 0
while True:
    for file in held: fcntl.lockf(file, fcntl.LOCK_EX, 1, at)
    at += 2
""",
        ("memory",),
    ),
    Attempt(
        "bombs",
        "descriptors under way",
        """
here, there = socket.socketpair()
here.setblocking(False)
sent = 0
def send():
    global sent
    while True:
        piece = os.open('/dev/null', os.O_RDONLY)
        try: socket.send_fds(here, [b'x'], [piece])
        finally: os.close(piece)
        sent += 1
tried(send)
print('escaped' if sent > 1000 else sent)
""",
        ("",),
    ),
    Attempt(
        "bombs",
        "timers",
        """
libc, made = ctypes.CDLL(None, use_errno=True), 0
timer = ctypes.c_int()
number = 222 if platform.machine() == 'x86_64' else 107
while libc.syscall(number, 1, None, ctypes.byref(timer)) == 0: made += 1
print('escaped' if made > 1000 else made)
""",
        ("",),
    ),
    Attempt(
        "bombs",
        "a report that looks like one of process 1",
        """
report = [b'0 - 0 0 0', b'forged', b'', b'wanted.txt', b'', b'{{secret}}']
for piece in report: os.write(1, len(piece).to_bytes(8) + piece)
os._exit(3)
""",
        ("",),
    ),
    Attempt(
        "bombs",
        "processes that take turns in dying",
        "while True:\n    if os.fork(): os._exit(0)",
        ("", "time", "processes", "memory"),
    ),
]
