"""An appliance with a data directory that survives its process, users made through the admin
socket, and a small client: what the scenarios of jobs share."""
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time

from scenario import SLEUTH


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self.path)


class Appliance:
    def __init__(self, config="", place="data", env=None):
        self.dir = tempfile.TemporaryDirectory(prefix="sleuth-jobs-")
        self.data = os.path.join(self.dir.name, place)
        self.env = {**os.environ, **{name: value.replace("@DIR@", self.dir.name)
                                     for name, value in (env or {}).items()}}
        os.makedirs(os.path.dirname(self.data), exist_ok=True)
        self.config = os.path.join(self.dir.name, "sleuth.conf")
        with open(self.config, "w") as file:
            file.write("[log]\nlevel = warn\naccess = false\n" + config)
        self.log = open(os.path.join(self.dir.name, "log"), "w+")
        self.start()

    def start(self):
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [SLEUTH, "serve", "--no-tls", "--config", self.config, "--data", self.data,
             "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.env)
        line = self.process.stdout.readline()
        while line and not line.startswith("listening"):
            line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise SystemExit("the server did not start: " + self.log.read())
        self.port = int(line.split()[1].rsplit(":", 1)[1])
        return time.monotonic() - begin

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        return code, time.monotonic() - begin

    def errors(self):
        self.log.seek(0)
        return self.log.read()

    def admin(self, method, path, body=None, **headers):
        connection = UnixConnection(os.path.join(self.data, "run", "admin.sock"))
        send = {"Content-Type": "application/json"}
        send.update({name.replace("_", "-"): value for name, value in headers.items()})
        connection.request(method, path, json.dumps(body) if body is not None else None, send)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 400, (method, path, answer.status, text)
        return json.loads(text) if text else None

    def user(self, email, plan):
        """A key of a new user."""
        made = self.admin("POST", "/api/admin/users",
                          {"email": email, "plan": plan, "password": "a long enough pass 7391"})
        number = made.get("id") or made["user"]["id"]
        key = self.admin("POST", f"/api/admin/users/{number}/keys", {"name": "jobs"})
        return key["key"]

    def cli(self, *words, env=None):
        return subprocess.run([SLEUTH, *words, "--config", self.config, "--data", self.data],
                              capture_output=True, text=True, timeout=120, env=env)


class Client:
    """One connection, kept open; answers are (status, headers, parsed JSON or text)."""

    def __init__(self, appliance, key):
        self.appliance, self.key, self.connection = appliance, key, None

    def call(self, method, path, body=None, **headers):
        if self.connection is None or self.connection.port != self.appliance.port:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.appliance.port,
                                                         timeout=60)
        send = {"X-API-Key": self.key, "Content-Type": "application/json"}
        send.update({name.replace("_", "-"): value for name, value in headers.items()})
        try:
            self.connection.request(method, path, body if isinstance(body, bytes) or body is None
                                    else json.dumps(body), send)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        kind = answer.headers.get("Content-Type", "")
        return answer.status, answer.headers, json.loads(text) if "json" in kind and text else text

    def submit(self, body, kind="detect"):
        status, _, answer = self.call("POST", "/api/jobs", {"kind": kind, "input": body})
        assert status == 202, (status, answer)
        return answer["job"]["id"]

    def wait(self, job, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            status, _, answer = self.call("GET", f"/api/jobs/{job}?wait=20")
            assert status == 200, (status, answer)
            if answer["state"] not in ("queued", "running"):
                return answer
        return answer


def log_csv(rows, systems=20, seed=1):
    """A log without any pattern: rows of `systems` systems, as many rounds as needed."""
    chance = random.Random(seed)
    lines = ["time_period,algorithm,performance,constraint_compute,constraint_memory"]
    for row in range(rows):
        lines.append(f"{row // systems % 1000 + 1},A{row % systems},{0.5 + 0.2 * chance.random():.4f},"
                     f"{100 + 10 * chance.random():.2f},{8 + chance.random():.2f}")
    return "\n".join(lines) + "\n"


def numbers(report):
    """A report without what belongs to the occasion: ids, times, links."""
    return {name: value for name, value in report.items()
            if name not in ("id", "created_at", "elapsed_ms", "links", "from_cache", "request_id")}
