"""No connection where none is allowed: air-gapped under strace, and traps for forged addresses."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading

from scenario import ROOT, SLEUTH, Server, check, done
from zenodo_fake import Fake

work = tempfile.TemporaryDirectory(prefix="sleuth-egress-")


class Trap:
    """Counts connections to a loopback port."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.hits = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.hits += 1
            peer.close()


# --- air-gapped: no connect() outside of loopback and unix sockets ---

fake = Fake()
conf = "[outbound]\nmode = airgap\n[zenodo]\nbase_url = https://zenodo.org\n" \
       "[s3]\nendpoint = https://s3.example.org\nbucket = b\naccess_key = a\nsecret_key = b\n"
if not shutil.which("strace"):
    print("SKIPPED: strace is not installed; the air-gapped run was not traced")
else:
    log = os.path.join(work.name, "trace")
    path = os.path.join(work.name, "airgap.conf")
    with open(path, "w") as file:
        file.write("[log]\nlevel = warn\naccess = false\n" + conf)
    os.chmod(path, 0o600)
    data = os.path.join(work.name, "data")

    def traced(*words):
        run = subprocess.run(["strace", "-f", "-qq", "-e", "trace=connect", "-o", log, "-A", SLEUTH, *words],
                             capture_output=True, text=True)
        return run.returncode, run.stdout, run.stderr

    server = subprocess.Popen(
        ["strace", "-f", "-qq", "-e", "trace=connect", "-o", log + ".server", SLEUTH, "serve", "--dev",
         "--no-tls", "--config", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "TMPDIR": work.name})
    said = {}
    while "listening" not in said:
        line = server.stdout.readline()
        if not line:
            sys.exit("the traced server did not start")
        name, _, value = line.strip().partition(" ")
        said[name] = value
    key = said["key"]

    def ask(path_, *flags):
        run = subprocess.run(["curl", "-s", "-m", "30", "-w", "\n%{http_code}", "-H", "X-API-Key: " + key,
                              *flags, said["listening"] + path_], capture_output=True, text=True)
        body, _, status = run.stdout.rpartition("\n")
        return int(status), json.loads(body)

    json_type = ["-H", "Content-Type: application/json", "-d"]
    status, body = ask("/api/analyze_zenodo", *json_type, "{}")
    check("analyze_zenodo says how to import", (status, body["code"], body["error"])
          == (409, "dataset_not_available_offline", "Dataset not available offline"), (status, body))
    check("with upstream's words", body["message"] == "Import it with: sleuth dataset import <bundle>", body)
    status, body = ask("/api/zenodo/summary")
    check("so does the summary", status == 409, (status, body))
    status, body = ask("/api/datasets/fetch", *json_type, '{"source":"zenodo://1"}')
    check("so does fetch", status == 409, (status, body))
    with open(os.path.join(ROOT, "web/samples/adaptive.csv")) as file:
        status, body = ask("/api/detect?draws=199", "-H", "Content-Type: text/csv", "--data-binary", file.read())
    check("a detection works", status == 200, (status, body))
    status, body = ask("/api/datasets")
    check("the list works", (status, body["datasets"]) == (200, []), (status, body))
    for words, wanted in [(("dataset", "fetch", "zenodo://1", "--output", work.name + "/x"), 4),
                          (("info", "zenodo://1"), 4), (("detect", "zenodo://1"), 2),
                          (("user", "create", "a@example.com", "--no-password", "--data", data), 0),
                          (("storage", "check", "--data", data), 8), (("db", "check", "--data", data), 0)]:
        code, out, err = traced(*words, "--config", path)
        check("sleuth %s: exit %d" % (" ".join(words[:2]), wanted), code == wanted or wanted == 8 and code != 0,
              (code, out, err))
    with open("/proc/%d/task/%d/children" % (server.pid, server.pid)) as file:
        os.kill(int(file.read().split()[0]), signal.SIGTERM)  # strace ends with what it traces
    server.wait(30)
    lines = open(log).read().split("\n") + open(log + ".server").read().split("\n")
    connects = [line for line in lines if "connect(" in line]
    outside = [line for line in connects if "AF_UNIX" not in line
               and not re.search(r'inet_addr\("127\.|"::1"', line)]
    check("strace saw no connect() outside of loopback and unix sockets (%d in all)" % len(connects),
          outside == [], outside[:3])

# --- traps: nothing that a record or a redirect says reaches them ---

trap = Trap()


class Evil(Fake):
    """A record whose file lies where nobody may go."""

    where = ""

    def content(self, rid, key):
        return self.where.replace("PORT", str(trap.port))


evil = Evil()
server = Server("--no-tls", config="[zenodo]\nbase_url = %s\n" % evil.url)
places = ["http://127.0.0.1:PORT/x", "http://localhost:PORT/x", "http://127.1:PORT/x", "http://0x7f.1:PORT/x",
          "http://2130706433:PORT/x", "http://0177.0.0.1:PORT/x", "http://[::ffff:127.0.0.1]:PORT/x",
          "http://[::1]:PORT/x", "https://127.0.0.1:PORT/x", "http://user@127.0.0.1:PORT/x",
          "http://127.0.0.1:%d@127.0.0.1:PORT/x" % evil.port, "http://127.0.0.1:%d#@127.0.0.1:PORT/" % evil.port,
          "http://127.0.0.1:%d\\@127.0.0.1:PORT/" % evil.port, "http://0.0.0.0:PORT/x",
          "http://169.254.169.254/latest/meta-data", "file:///etc/passwd", "gopher://127.0.0.1:PORT/x",
          "ftp://127.0.0.1:PORT/x", "//127.0.0.1:PORT/x"]
for place in places:
    Evil.where = place
    status, headers, body = server.curl("/api/analyze_zenodo", "-H", "X-API-Key: " + server.key, "-H",
                                        "Content-Type: application/json", "-d", '{"record_id":"1002"}')
    check(place + " is refused", status >= 400 and b"root:" not in body, (status, body))
check("no trap saw a connection", trap.hits == 0, trap.hits)
check("ends in time", server.stop()[0] == 0)

# --- rebinding: a name whose addresses change between answers, in a world with our own DNS ---

SCRIPT = r'''
import socket, struct, subprocess, sys, threading, os
def dns():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.53", 53)); n = 0
    while True:
        q, peer = s.recvfrom(512)
        kind = struct.unpack(">H", q[q.index(b"\0", 12) + 1:][:2])[0]
        n += kind == 1
        head = q[:2] + b"\x81\x80\0\1" + struct.pack(">H", 1 if kind == 1 else 0) + b"\0\0\0\0"
        end = q.index(b"\0", 12) + 5
        first = n % 2 == 1 and os.environ.get("FLIP")
        address = b"\x5d\xb8\xd8\x22" if first else b"\x7f\0\0\1"
        body = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + address if kind == 1 else b""
        s.sendto(head + q[12:end] + body, peer)
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
open(sys.argv[1] + "/resolv.conf", "w").write("nameserver 127.0.0.53\noptions timeout:1 attempts:1\n")
subprocess.run(["mount", "--bind", sys.argv[1] + "/resolv.conf", "/etc/resolv.conf"], check=True)
threading.Thread(target=dns, daemon=True).start()
trap = socket.socket(); trap.bind(("127.0.0.1", 443)); trap.listen(4); trap.settimeout(0.5)
for _ in range(4):
    run = subprocess.run([sys.argv[2], "info", "zenodo://1", "--config", sys.argv[1] + "/rebind.conf"],
                         capture_output=True, text=True, timeout=60)
    assert run.returncode not in (0, 1), run
    print(run.stderr.strip().split("\n")[0])
try:
    trap.accept(); print("HIT")
except TimeoutError:
    print("NO HIT")
'''
with open(os.path.join(work.name, "rebind.conf"), "w") as file:
    file.write("[zenodo]\nbase_url = https://rebind.example\n")
with open(os.path.join(work.name, "rebind.py"), "w") as file:
    file.write(SCRIPT)
run = subprocess.run(["unshare", "-rnm", sys.executable, os.path.join(work.name, "rebind.py"), work.name, SLEUTH],
                     capture_output=True, text=True, env={**os.environ, "FLIP": "1"}, timeout=120)
if run.returncode:
    print("SKIPPED: no namespaces for a DNS of our own: " + run.stderr.strip().split("\n")[-1][:200])
else:
    check("a name that turns to loopback is not connected to", "NO HIT" in run.stdout, run.stdout)
    check("and it is said why", "do not allow the address" in run.stdout, run.stdout)
fake.stop()
done()
