"""64 descriptors and 200 clients: the server is idle, can be administered, and recovers at once."""
import os
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance
from scenario import check, done
from crowd import cpu_s

CLIENTS, DESCRIPTORS, LOOK_S = 200, 64, 2


class Tight(Appliance):
    """A server with few descriptors."""

    def start(self):
        run = subprocess.Popen

        def limited(words, **options):
            return run(["prlimit", f"--nofile={DESCRIPTORS}:{DESCRIPTORS}", *words], **options)
        subprocess.Popen = limited
        try:
            return super().start()
        finally:
            subprocess.Popen = run


def answered(port, seconds):
    """Whether a new client gets an answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as sock:
            sock.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return sock.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


appliance = Tight()
key = appliance.user("a@example.com", "pro")
pid = appliance.process.pid
with open(f"/proc/{pid}/limits") as file:
    limit = [line.split()[3] for line in file if line.startswith("Max open files")][0]
check("the limit holds", limit == str(DESCRIPTORS), limit)
check("serves", answered(appliance.port, 5))
crowd = []
for _ in range(CLIENTS):
    sock = socket.create_connection(("127.0.0.1", appliance.port))
    sock.sendall(b"GET /he")
    crowd.append(sock)
time.sleep(0.5)
check("it is full", not answered(appliance.port, 0.5))
before = cpu_s(pid)
time.sleep(LOOK_S)
idle = (cpu_s(pid) - before) / LOOK_S * 100
check("it is idle while full", idle < 5, f"{idle:.1f} %")
begin = time.monotonic()
listed = appliance.cli("user", "list", "-o", "json")
check("the command line still works", listed.returncode == 0 and "a@example.com" in listed.stdout, listed.stderr)
made = appliance.cli("key", "create", "a@example.com", "--name", "while-full")
check("also to change something", made.returncode == 0, made.stderr)
cli_s = time.monotonic() - begin
open_fds = len(os.listdir(f"/proc/{pid}/fd"))
for sock in crowd:
    sock.close()
begin = time.monotonic()
recovered = answered(appliance.port, 5)
recovery = time.monotonic() - begin
check("it recovers within a second", recovered and recovery < 1, f"{recovery:.2f} s")
code, _ = appliance.stop()
check("nothing was logged as an error", "level=error" not in appliance.errors(), appliance.errors())
check("it stops in order", code == 0, code)
print(f"figure: {CLIENTS} clients at {DESCRIPTORS} descriptors ({open_fds} in use): idle at {idle:.1f} % of a core, "
      f"two commands in {cli_s:.2f} s, recovery {recovery * 1000:.0f} ms")
done()
