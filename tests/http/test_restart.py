"""A restart as a service manager does it: it holds the socket, is told READY, WATCHDOG and STOPPING,
and clients that come between two processes wait instead of being refused."""
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

from scenario import SLEUTH, check, done

work = tempfile.TemporaryDirectory(prefix="sleuth-restart-")
data = os.path.join(work.name, "data")
config = os.path.join(work.name, "sleuth.conf")
with open(config, "w") as file:
    file.write("[log]\nlevel = warn\n")
subprocess.run([SLEUTH, "--config", config, "--data", data, "user", "create", "a@example.com",
                "--no-password"], check=True, capture_output=True)
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(os.path.join(work.name, "notify"))
manager.settimeout(10)
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(64)
port = listener.getsockname()[1]
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE


def start():
    """The listener becomes descriptor 3; LISTEN_PID must be the process's own."""
    script = 'exec 3<&%d; LISTEN_PID=$$ exec "$@"' % listener.fileno()
    return subprocess.Popen(
        ["sh", "-c", script, "sh", SLEUTH, "serve", "--config", config, "--data", data],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(listener.fileno(),),
        env={**os.environ, "LISTEN_FDS": "1", "NOTIFY_SOCKET": os.path.join(work.name, "notify"),
             "WATCHDOG_USEC": "1000000"})


def told(state, seconds=15):
    """Waits for a message; others on the way are fine."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if manager.recv(256).decode() == state:
                return True
        except TimeoutError:
            return False
    return False


def get(path, timeout=30):
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout)) as sock:
        sock.settimeout(timeout)
        sock.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                     % path.encode())
        got = b""
        while part := sock.recv(65536):
            got += part
    return got


first = start()
check("READY is told", told("READY=1"))
check("the handed-over socket serves", get("/livez").startswith(b"HTTP/1.1 200"))
check("the watchdog is fed twice", told("WATCHDOG=1", 5) and told("WATCHDOG=1", 5))

answers = []
first.send_signal(signal.SIGTERM)
check("STOPPING is told", told("STOPPING=1"))
first.wait(30)
check("the first ends in order", first.returncode == 0, first.returncode)
clients = [threading.Thread(target=lambda: answers.append(get("/livez"))) for _ in range(8)]
for client in clients:
    client.start()
time.sleep(0.5)
check("between the two, clients wait", not answers, answers)
second = start()
check("READY is told again", told("READY=1"))
for client in clients:
    client.join(30)
check("and are served, all of them",
      len(answers) == 8 and all(a.startswith(b"HTTP/1.1 200") for a in answers), answers)
second.send_signal(signal.SIGKILL)
second.wait()
third = start()
check("after a kill, too", told("READY=1") and get("/readyz").startswith(b"HTTP/1.1 200"))
third.send_signal(signal.SIGTERM)
check("ends", third.wait(30) == 0)
done()
