"""A server on a data directory that outlives it: for scenarios that kill it and start it again."""
import http.client
import json
import os
import subprocess
import sys
import tempfile

from scenario import SLEUTH


class Installed:
    """Users are made before the first start; `start` may be called again after `kill`."""

    def __init__(self, users, config="", flags=()):
        self.dir = tempfile.TemporaryDirectory(prefix="sleuth-installed-")
        self.data = os.path.join(self.dir.name, "data")
        self.config = os.path.join(self.dir.name, "sleuth.conf")
        self.flags = flags
        with open(self.config, "w") as file:
            file.write("[log]\nlevel = warn\naccess = false\n" + config)
        self.keys = {}
        for mail, plan in users.items():
            self.cli("user", "create", mail, "--plan", plan, "--no-password")
            self.keys[mail] = self.cli("key", "create", mail, "--name", "t").strip()
        self.start()

    def cli(self, *words):
        run = subprocess.run([SLEUTH, *words, "--data", self.data, "--config", self.config],
                             capture_output=True, text=True)
        if run.returncode != 0:
            sys.exit("sleuth %s: %s" % (" ".join(words), run.stderr))
        return run.stdout

    def start(self):
        self.process = subprocess.Popen(
            [SLEUTH, "serve", "--no-tls", "--listen", "127.0.0.1:0", "--data", self.data,
             "--config", self.config, *self.flags],
            stdout=subprocess.PIPE, stderr=open(os.path.join(self.dir.name, "log"), "a"), text=True)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            sys.exit("the server did not start: " + open(os.path.join(self.dir.name, "log")).read())
        self.port = int(line.strip().rsplit(":", 1)[1])
        self.connection = None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(40)

    def call(self, method, path, user=None, body=None, headers=None):
        """(status, headers in lower case, body)"""
        headers = dict(headers or {})
        if user:
            headers["X-API-Key"] = self.keys[user]
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        for again in (False, True):
            try:
                if not self.connection:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
                self.connection.request(method, path, body, headers)
                answer = self.connection.getresponse()
                return (answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection = None
                if again:
                    raise

    def json(self, method, path, user=None, body=None, headers=None):
        """(status, the answer as an object)"""
        status, _, answer = self.call(method, path, user, body, headers)
        return status, json.loads(answer) if answer else None

    def memory(self):
        """VmHWM and RssAnon of the server in MiB."""
        said = open("/proc/%d/status" % self.process.pid).read()
        return tuple(int(said.split(name + ":")[1].split()[0]) / 1024
                     for name in ("VmHWM", "RssAnon"))
