"""Scenarios under strace: no connect() leaves loopback and unix sockets: traced.py [SCENARIO…]

Every `sleuth` that a scenario of tests/http or tests/cli starts is traced, with
SLEUTH_OUTBOUND_MODE=airgap where the scenario does not need a fake service on loopback, and so are
the unit tests of data sets, Zenodo and S3. Without names: all of them (minutes). Prints how many
connects were looked at; exits 1 when one went elsewhere, when a scenario fails, or when nothing was seen.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build/release")
# These talk to a fake of theirs on loopback, which air-gapped mode does not allow.
NEED_FAKES = ("test_billing", "test_canaries", "test_dataset", "test_datasets", "test_hooks", "test_import", "test_jobs",
              "test_property")
# Traces by itself, and two tracers of one process do not go together.
LEFT_OUT = ("test_egress.py",)
UNITS = ("dataset", "zenodo", "egress", "outbound", "transfer", "s3", "replica", "pack", "source")
LOCAL = re.compile(r'AF_UNIX|AF_UNSPEC|AF_NETLINK|inet_addr\("127\.|"::1"|"::ffff:127\.')

if not shutil.which("strace"):
    print("SKIPPED: strace is not installed")
    sys.exit(0)
work = tempfile.TemporaryDirectory(prefix="sleuth-traced-")
traces = os.path.join(work.name, "traces")
os.mkdir(traces)
TRACE = ["strace", "-D", "-f", "-qq", "-e", "trace=connect", "-e", "signal=none", "-o"]
# -D: the traced program keeps its place, so that signals and exit codes are its own.
wrapper = os.path.join(work.name, "sleuth")
with open(wrapper, "w") as file:
    file.write('#!/bin/sh\nexec %s "%s/$$" %s "$@"\n' % (" ".join(TRACE), traces, os.path.join(BUILD, "sleuth")))
os.chmod(wrapper, 0o700)


def command(path):
    if path.endswith(".py"):
        return [sys.executable, path]
    if "/tests/cli/" in path:
        return ["sh", os.path.join(ROOT, "tests/cli/run.sh"), wrapper, path]
    if path.endswith(".sh"):
        return ["sh", path]
    return [*TRACE, os.path.join(traces, os.path.basename(path)), path]


def run(path):
    name = os.path.basename(path).split(".")[0]
    env = {**os.environ, "SLEUTH": wrapper, "CK_TIMEOUT_MULTIPLIER": "20"}
    if name not in NEED_FAKES and path.endswith((".py", ".sh")):
        env["SLEUTH_OUTBOUND_MODE"] = "airgap"
    got = subprocess.run(command(path), cwd=ROOT, env=env, capture_output=True, text=True, timeout=900)
    if got.returncode:
        print("\n".join(line for line in got.stdout.split("\n") if not line.startswith("ok"))[-2000:]
              + got.stderr[-500:])
    return got.returncode == 0


def everything():
    found = [p for p in glob.glob(os.path.join(ROOT, "tests/http/test_*")) if p.endswith((".py", ".sh"))]
    found += glob.glob(os.path.join(ROOT, "tests/cli/test_*.sh"))
    found += [p for unit in UNITS for p in glob.glob(os.path.join(BUILD, "tests/appliance/test_%s*" % unit))
              if os.access(p, os.X_OK) and "." not in os.path.basename(p)]
    return sorted(p for p in found if os.path.basename(p) not in LEFT_OUT)


def connects(path):
    """(number of connects, lines of those that went outside) of one trace."""
    with open(path, errors="replace") as file:
        lines = [line.strip() for line in file if "connect(" in line]
    return len(lines), [line for line in lines if not LOCAL.search(line)]


# A net that catches nothing proves nothing: this one goes outside (UDP: no packet leaves).
control = os.path.join(work.name, "control")
subprocess.run([*TRACE, control, sys.executable, "-c",
                "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"],
               capture_output=True)
for _ in range(100):  # the tracer writes last
    if os.path.exists(control) and connects(control)[0]:
        break
    time.sleep(0.05)
if len(connects(control)[1]) != 1:
    sys.exit("FAIL  a connect to the outside was not seen: %s" % open(control).read())
failed = []
paths = [os.path.abspath(p) for p in sys.argv[1:]] or everything()
for path in paths:
    good = run(path)
    print(("ok    " if good else "FAIL  ") + os.path.relpath(path, ROOT), flush=True)
    if not good:
        failed.append(path)
programs, seen, outside = 0, 0, []
for name in os.listdir(traces):
    count, elsewhere = connects(os.path.join(traces, name))
    programs, seen = programs + 1, seen + count
    outside += elsewhere
print("%s  %d connect() of %d traced programs in %d scenarios: %d outside of loopback and unix sockets" % (
    "FAIL" if outside else "ok  ", seen, programs, len(paths), len(outside)))
for line in outside[:10]:
    print("      " + line)
sys.exit(1 if failed or outside or seen == 0 else 0)
