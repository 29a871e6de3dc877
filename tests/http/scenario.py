"""What the scenarios share: a server of their own, requests with curl, raw sockets, checks."""
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SLEUTH = os.environ.get("SLEUTH", os.path.join(ROOT, "build/release/sleuth"))
failures = 0


def check(what, holds, shown=""):
    global failures
    print(("ok    " if holds else "FAIL  ") + what + ("" if holds else "  " + str(shown)[:400]))
    failures += not holds


class Server:
    """`sleuth serve --dev` on a free port: an administrator and a key are printed by it."""

    def __init__(self, *flags, config=""):
        self.dir = tempfile.TemporaryDirectory(prefix="sleuth-http-")
        path = os.path.join(self.dir.name, "sleuth.conf")
        with open(path, "w") as file:
            file.write("[log]\nlevel = warn\naccess = false\n" + config)
        self.log = open(os.path.join(self.dir.name, "log"), "w+")
        self.process = subprocess.Popen(
            [SLEUTH, "serve", "--dev", "--config", path, *flags],
            stdout=subprocess.PIPE, stderr=self.log, text=True,
            env={**os.environ, "TMPDIR": self.dir.name})
        self.said = {}
        while "listening" not in self.said:
            line = self.process.stdout.readline()
            if not line:
                self.log.seek(0)
                sys.exit("the server did not start: " + self.log.read())
            name, _, value = line.strip().partition(" ")
            self.said[name] = value
        self.url = self.said["listening"]
        self.key = self.said.get("key", "")
        self.port = int(self.url.rsplit(":", 1)[1])

    def stop(self, number=signal.SIGTERM, seconds=30):
        """Its exit code and how long the stop took."""
        begin = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(seconds)
        self.log.seek(0)
        self.errors = self.log.read()
        return code, time.monotonic() - begin

    def left_behind(self):
        """Names of throw-away data directories that are still there."""
        return [name for name in os.listdir(self.dir.name) if name.startswith("sleuth-dev-")]

    def curl(self, path, *flags):
        """(status, headers in lower case, body); status 0 when there was no answer."""
        run = subprocess.run(["curl", "-sk", "-i", "-m", "30", *flags, self.url + path],
                             capture_output=True)
        head, _, body = run.stdout.partition(b"\r\n\r\n")
        while re.match(rb"HTTP/\S+ 1\d\d", body):
            head, _, body = body.partition(b"\r\n\r\n")
        if re.match(rb"HTTP/\S+ 1\d\d", head):
            head, _, body = body.partition(b"\r\n\r\n")
        match = re.match(rb"HTTP/\S+ (\d+)", head)
        headers = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return int(match.group(1)) if match else 0, headers, body

    def raw(self, data, wait=5.0):
        """Sends bytes over plain TCP; everything until the server closes or `wait` is over."""
        with socket.create_connection(("127.0.0.1", self.port)) as sock:
            sock.settimeout(wait)
            sock.sendall(data)
            got = b""
            try:
                while part := sock.recv(65536):
                    got += part
            except (TimeoutError, ConnectionError):
                pass
            return got


def done():
    sys.exit(1 if failures else 0)
