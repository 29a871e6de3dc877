"""kill -9 during load, again and again: every acknowledged analysis is billed once, nothing else is.

Clients send analyses, each under an Idempotency-Key of its own, and repeat each until it is
acknowledged, as a careful client does; some acknowledged ones are sent once more. In the end the
month's counter, the sums of usage and the number of acknowledged analyses must be the same.
billing_crash.py [KILLS] [CLIENTS]"""
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import scenario

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
CLIENTS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
SEED = int(os.environ.get("SEED", "20261127"))
LOG = ("time_period,algorithm,performance,constraint_x\\n1,A,0.7,100\\n1,B,0.6,100\\n"
       "2,A,0.72,110\\n2,B,0.63,110\\n")


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("host", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


class Appliance:
    """The real server on a data directory that survives its kills; always the same port."""

    def __init__(self, directory):
        self.data = os.path.join(directory, "data")
        self.log = open(os.path.join(directory, "log"), "w+")
        self.environment = {**os.environ, "SLEUTH_LOG_ACCESS": "false"}
        self.port = 0
        self.start()

    def start(self):
        begin = time.monotonic()
        self.process = subprocess.Popen(
            [scenario.SLEUTH, "serve", "--data", self.data, "--listen",
             f"127.0.0.1:{self.port}", "--no-tls"],
            stdout=subprocess.PIPE, stderr=self.log, text=True, env=self.environment)
        line = self.process.stdout.readline()
        if not line.startswith("listening "):
            self.log.seek(0)
            sys.exit("the server does not start: " + self.log.read()[-2000:])
        self.port = int(line.split()[1].rsplit(":", 1)[1])
        return time.monotonic() - begin

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def cli(self, *words):
        run = subprocess.run([scenario.SLEUTH, *words, "--data", self.data], capture_output=True,
                             text=True)
        return run.stdout.strip()

    def host(self, method, path, body=None):
        link = Unix(os.path.join(self.data, "run", "admin.sock"))
        link.request(method, path, json.dumps(body) if body else None,
                     {"Content-Type": "application/json"} if body else {})
        return json.loads(link.getresponse().read())


class Client(threading.Thread):
    def __init__(self, number, appliance, key, stop):
        super().__init__()
        self.appliance, self.key, self.stop = appliance, key, stop
        self.random = random.Random(SEED * 1000 + number)
        self.number, self.serial = number, 0
        self.acknowledged = self.replayed = self.repeated = self.broken = 0
        self.wrong = []
        self.link = None

    def ask(self, seed, name):
        """(status, headers, body), or None when the connection ended without an answer."""
        try:
            if self.link is None:
                self.link = http.client.HTTPConnection("127.0.0.1", self.appliance.port, timeout=20)
            self.link.request("POST", "/api/detect",
                              '{"engine":"classic","seed":%d,"csv_data":"%s"}' % (seed, LOG),
                              {"X-API-Key": self.key, "Content-Type": "application/json",
                               "Idempotency-Key": name})
            answer = self.link.getresponse()
            return answer.status, answer.headers, answer.read()
        except (http.client.HTTPException, OSError):
            self.link = None
            self.broken += 1
            time.sleep(0.02)
            return None

    def until_acknowledged(self, seed, name):
        while True:
            answer = self.ask(seed, name)
            if answer and answer[0] == 200:
                return answer
            if answer and answer[0] not in (409, 429, 503):  # 429: too many at the same time
                self.wrong.append(f"{answer[0]} {answer[2][:200]!r}")
                return answer
            if answer:
                time.sleep(0.05)

    def run(self):
        while not self.stop.is_set():
            self.serial += 1
            seed = self.number * 1000000 + self.serial
            name = f"crash-{self.number}-{self.serial}"
            _, headers, body = self.until_acknowledged(seed, name)
            self.acknowledged += 1
            self.replayed += headers.get("Idempotency-Replayed") == "true"
            if self.random.random() < 0.2:
                status, headers, again = self.until_acknowledged(seed, name)
                self.repeated += 1
                # An answer that a kill kept from being stored comes from the cache instead.
                replayed = headers.get("Idempotency-Replayed") == "true" and again == body
                if not replayed and headers.get("Sleuth-Analyses-Counted") != "0":
                    self.wrong.append(f"a repeat was counted again: {name}")


with tempfile.TemporaryDirectory(prefix="sleuth-billing-") as directory:
    password = os.path.join(directory, "password")
    with open(password, "w") as file:
        file.write("tulip brick ferry nine\n")
    appliance = Appliance(directory)
    appliance.cli("user", "create", "a@example.com", "--plan", "business", "--password-file", password)
    key = appliance.cli("key", "create", "a@example.com", "--name", "crash")
    scenario.check("a key is made", len(key) == 51, key)
    appliance.host("PATCH", "/api/admin/users/1", {
        "per_minute": 1000000, "per_day": 100000000, "analyses_per_month": 100000000})
    stop = threading.Event()
    clients = [Client(i + 1, appliance, key, stop) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    chance = random.Random(SEED)
    slowest = 0.0
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.05, 0.5))
        appliance.kill()
        slowest = max(slowest, appliance.start())
    time.sleep(0.3)
    stop.set()
    for client in clients:
        client.join(60)
    acknowledged = sum(client.acknowledged for client in clients)
    time.sleep(1.5)  # the sums of calls are written each second
    billed = appliance.host("GET", "/api/admin/users/1")["analyses_this_month"]
    days = appliance.host("GET", "/api/admin/usage?user=1")["rows"]
    books = appliance.host("GET", "/api/admin/usage/verify")
    wrong = [sentence for client in clients for sentence in client.wrong]
    print(f"figure: billing, {KILLS} kills under {CLIENTS} clients, {acknowledged} acknowledged, "
          f"{billed} billed, {sum(client.broken for client in clients)} connections broken, "
          f"{sum(client.replayed for client in clients)} first answers were replays, "
          f"{sum(client.repeated for client in clients)} repeats, "
          f"slowest start {slowest * 1000:.0f} ms, seed {SEED}")
    scenario.check("billed = acknowledged", billed == acknowledged, (billed, acknowledged))
    scenario.check("sums of usage = acknowledged",
                   sum(row["analyses"] for row in days) == acknowledged, days)
    scenario.check("counter and sums agree", books["ok"], books)
    scenario.check("kills broke calls", KILLS == 0 or any(client.broken for client in clients))
    scenario.check("every answer was as expected", not wrong, wrong[:5])
    appliance.process.send_signal(signal.SIGTERM)
    scenario.check("the server stops in order", appliance.process.wait(30) == 0)
    check = subprocess.run([scenario.SLEUTH, "db", "check", "--data", appliance.data],
                           capture_output=True, text=True)
    scenario.check("the store is sound", check.returncode == 0, check.stdout + check.stderr)
scenario.done()
