"""An appliance that copies its files to S3, and the gate in front of the bucket: what the tests of S3
share. The gate verifies signatures with AWS's own signer (tests/s3, from npm)."""
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
import scenario
from scenario import ROOT, SLEUTH, check, done

S3 = os.path.join(ROOT, "tests/s3")
if not os.path.isdir(os.path.join(S3, "node_modules")):
    got = subprocess.run(["npm", "ci", "--prefix", S3, "--no-audit", "--no-fund"], capture_output=True)
    if got.returncode:
        print("SKIPPED: npm cannot install AWS's signer (no node, or no registry)")
        sys.exit(77)
work = tempfile.TemporaryDirectory(prefix="sleuth-s3-")
DATA = os.path.join(work.name, "data")
gate = key = None  # set by begin


class Gate:
    def __init__(self, port=0):
        self.process = subprocess.Popen(["node", os.path.join(S3, "gate.mjs"), str(port)],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()
        self.port = int(self.url.rsplit(":", 1)[1])

    def ask(self, path, method="POST"):
        with urllib.request.urlopen(urllib.request.Request(self.url + path, method=method)) as reply:
            return json.load(reply)

    def objects(self):
        return {o["key"]: o for o in self.ask("/_objects", "GET")["objects"]}

    def stop(self):
        self.process.kill()
        self.process.wait()


def config(name="good", **more):
    values = {"endpoint": gate.url, "bucket": "testb", "region": "us-east-1", "prefix": "p",
              "access_key": "AKIDEXAMPLE", "part_mib": "5",
              "secret_key": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", **more}
    path = os.path.join(work.name, name + ".conf")
    with open(path, "w") as file:
        file.write("[log]\naccess = false\n[ratelimit]\nietf_headers = true\n[s3]\n"
                   + "".join("%s = %s\n" % item for item in values.items()))
    os.chmod(path, 0o600)
    return path


def cli(*words, conf=None):
    run = subprocess.run([SLEUTH, *words, "--data", DATA, "--config", conf or config()],
                         capture_output=True, text=True)
    return run.returncode, run.stdout, run.stderr


class Serve:
    def __init__(self):
        self.process = subprocess.Popen(
            [SLEUTH, "serve", "--data", DATA, "--config", config(), "--no-tls", "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=open(os.path.join(work.name, "log"), "a"), text=True)
        self.url = self.process.stdout.readline().split()[1]

    def upload(self, name, body):
        run = subprocess.run(
            ["curl", "-s", "-m", "20", "-w", "\n%{http_code}", "-H", "X-API-Key: " + key, "-H",
             "Content-Type: text/csv", "--data-binary", "@-", self.url + "/api/files?name=" + name],
            input=body, capture_output=True)
        text, _, status = run.stdout.rpartition(b"\n")
        return int(status), text

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(30)


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


def key_of(body):
    sha256 = hashlib.sha256(body).hexdigest()
    return "p/%s/%s" % (sha256[:2], sha256)


def begin():
    """A gate, a data directory, and a user with a key."""
    global gate, key
    gate = Gate()
    code, _, err = cli("user", "create", "a@example.com", "--plan", "enterprise", "--no-password")
    check("a user", code == 0, err)
    code, out, err = cli("key", "create", "a@example.com", "--name", "k")
    key = out.strip()
    check("a key", code == 0 and len(key) == 51, err)
    if scenario.failures:
        done()
    return gate
