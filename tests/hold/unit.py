"""The service's unit: how exposed systemd finds it, and that a server at work makes no system call
that the unit forbids. PID 1 need not be systemd: the file is judged, and the calls are counted."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Client, UnixConnection, log_csv
from scenario import ROOT, SLEUTH, check, done

UNIT = os.path.join(ROOT, "packaging/systemd/sleuth.service")
EXPOSURE_MAX = 1.6
for tool in ("systemd-analyze", "strace", "setpriv"):
    if not shutil.which(tool):
        print(f"SKIPPED: no {tool} here")
        sys.exit(77)

judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT],
                        capture_output=True, text=True)
match = re.search(r"Overall exposure level for .*: ([0-9.]+)", judged.stdout)
exposure = float(match[1]) if match else 10.0
check(f"exposure at most {EXPOSURE_MAX}", exposure <= EXPOSURE_MAX, judged.stdout[-300:] + judged.stderr)


def group(name):
    """All calls of a group of systemd's, groups inside of it included."""
    said = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", name], capture_output=True, text=True).stdout
    words = [line.strip() for line in said.split("\n")[1:] if line.strip() and not line.strip().startswith("#")]
    return {call for word in words for call in (group(word) if word[0] == "@" else {word})}


allowed = set()
with open(UNIT) as file:
    for line in file:
        if line.startswith("SystemCallFilter="):
            words = line.strip().split("=", 1)[1]
            named = {call for word in words.lstrip("~").split() for call in (group(word) if word[0] == "@" else {word})}
            allowed = allowed - named if words[0] == "~" else allowed | named
check("the unit allows something", len(allowed) > 100, len(allowed))

# Without capabilities, as under the unit, there is nothing to give up.
with tempfile.TemporaryDirectory(prefix="sleuth-unit-") as work:
    data, summary = os.path.join(work, "data"), os.path.join(work, "calls")
    bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.getuid() == 0 else []
    server = subprocess.Popen([*bare, "strace", "-f", "-qq", "-o", summary, "-e", "signal=none", SLEUTH, "serve", "--no-tls",
                               "--data", data, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    line = server.stdout.readline()
    while line and not line.startswith("listening"):
        line = server.stdout.readline()

    class Here:
        port = int(line.split()[1].rsplit(":", 1)[1])

    def admin(method, path, body=None):
        connection = UnixConnection(os.path.join(data, "run", "admin.sock"))
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())

    number = admin("POST", "/api/admin/users", {"email": "a@example.com", "plan": "enterprise", "password": "tulip brick ferry 9"})["id"]
    user = Client(Here, admin("POST", f"/api/admin/users/{number}/keys", {"name": "a"})["key"])
    answers = [user.call("POST", "/api/detect", {"csv_data": log_csv(200, seed=i), "draws": 199})[0] for i in range(5)]
    job = user.submit({"csv_data": log_csv(100), "draws": 199})
    answers += [user.call("GET", path)[0] for path in ("/api/dashboard/keys", "/api/me", "/metrics", f"/api/jobs/{job}?wait=5")]
    answers.append(user.call("POST", "/api/auth/login", {"email": "a@example.com", "password": "tulip brick ferry 9"})[0])
    check("it works", set(answers) <= {200, 201}, answers)
    made = subprocess.run([SLEUTH, "--data", data, "backup", "create"], capture_output=True, text=True)
    check("a backup is made", made.returncode == 0, made.stderr)
    with open(f"/proc/{server.pid}/task/{server.pid}/children") as file:
        child = int(file.read().split()[0])
    os.kill(child, signal.SIGHUP)
    os.kill(child, signal.SIGTERM)
    server.wait(60)
    used = {}
    with open(summary, errors="replace") as file:
        for line in file:
            if match := re.match(r"\d+ +(?:<\.\.\. )?([a-z_0-9]+)", line):
                used[match[1]] = used.get(match[1], 0) + 1
forbidden = sorted(set(used) - allowed - {"execve"})  # systemd itself starts the program
check("the trace holds a server's work", len(used) > 40, sorted(used))
check("no call that the unit forbids", not forbidden, forbidden)
print(f"figure: exposure {exposure}; {sum(used.values())} calls of {len(used)} kinds, {len(forbidden)} of them forbidden by the unit")
done()
