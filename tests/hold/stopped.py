"""One data directory has one server, and a command that is stopped half-way holds nobody up.

A second server must be refused. Then commands that write are stopped (SIGSTOP) at random moments
while the server is measured; afterwards they go on and end."""
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client
from scenario import SLEUTH, check, done

STOPS = int(sys.argv[1]) if len(sys.argv) > 1 else 12
chance = random.Random(20261128)
server = Appliance()
user = Client(server, server.user("a@example.com", "enterprise"))
second = subprocess.run([SLEUTH, "serve", "--no-tls", "--config", server.config, "--data", server.data,
                         "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=30)
check("a second server is refused and told why", second.returncode == 7 and "listening" not in second.stdout
      and str(server.process.pid) in second.stderr, (second.returncode, second.stderr))
check("the first goes on", user.call("GET", "/api/dashboard/keys")[0] == 200)


def write_ms(i):
    begin = time.monotonic()
    status, _, answer = user.call("POST", "/api/projects", {"name": f"p{i}"})
    assert status == 201, (status, answer)
    return (time.monotonic() - begin) * 1000


alone = [write_ms(i) for i in range(30)]
beside, stopped_inside = [], 0
for turn in range(STOPS):
    command = subprocess.Popen(
        [SLEUTH, "user", "create", f"u{turn}@example.com", "--no-password", "--config", server.config,
         "--data", server.data], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(chance.random() * 0.06)
    if command.poll() is None:
        command.send_signal(signal.SIGSTOP)
        stopped_inside += 1
    beside += [write_ms(1000 + 10 * turn + i) for i in range(5)]
    command.send_signal(signal.SIGCONT)
    code = command.wait(30)
    check(f"command {turn} ends after it went on", code in (0,), code)
check("some were stopped half-way", stopped_inside >= STOPS // 3, stopped_inside)
check("the server was not held up", max(beside) < max(500, 20 * max(alone)), (max(beside), max(alone)))
users = server.admin("GET", "/api/admin/users?limit=200")
check("every user is there once", len(users["users"]) == STOPS + 1, len(users["users"]))
code, _ = server.stop()
check("stops in order", code == 0, code)
check("the database is clean", server.cli("db", "check").returncode == 0)
print(f"figure: second server refused (exit 7); {stopped_inside} of {STOPS} commands stopped half-way, writes beside "
      f"them at most {max(beside):.0f} ms (alone {max(alone):.0f} ms)")
done()
