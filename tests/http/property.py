"""Property-based run over every documented route: no undocumented status, no answer that its schema
does not fit, no 5xx. property.py [REQUESTS] [SEED]"""
import http.client
import json
import os
import re
import socket
import ssl
import sys
import urllib.parse

import scenario
import stripe_fake
import zenodo_fake
from openapi_walk import Document

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 600
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 20261127
# Every feature is on; the services behind them are small ones of our own.
CONFIG = """
[admin]
http = true
[auth]
signup = open
[ratelimit]
session_per_minute = 100000
poll_per_minute = 100000
[share]
enabled = true
[hooks]
enabled = true
allow = 127.0.0.0/8
[zenodo]
base_url = {zenodo}
source = 1002
timeout_seconds = 2
[billing]
mode = stripe
api_base = {stripe}
stripe_secret_key = {key}
stripe_webhook_secret = whsec_property
price_pro = price_pro
price_business = price_business
"""
CSV = ("time_period,algorithm,performance,constraint_x\n1,A,0.7,100\n1,B,0.6,100\n"
       "2,A,0.72,110\n2,B,0.63,110\n")
# Streams that wait, and what would end the session that the run lives on.
ENDS_SESSION = {("POST", "/api/auth/logout"), ("POST", "/api/auth/password"),
                ("DELETE", "/api/me"), ("POST", "/api/auth/totp/enable")}


class Unix(http.client.HTTPConnection):
    """The admin socket: raises the limits of the run's user."""

    def __init__(self, path):
        super().__init__("host")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def host(server, method, path, body):
    root = [name for name in os.listdir(server.dir.name) if name.startswith("sleuth-dev-")][0]
    link = Unix(os.path.join(server.dir.name, root, "run", "admin.sock"))
    link.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
    answer = link.getresponse()
    return answer.status, answer.read()


class Run:
    def __init__(self, server):
        self.server = server
        self.context = ssl._create_unverified_context()
        self.link = None
        self.ids = {"1", "2", "ana_00000000000000000000000000", "x", "none", "a%20b", "%F0%9F%8C%B7"}
        self.cookie = self.csrf = ""
        self.document = None
        self.statuses = {}
        self.wrong = []

    def send(self, method, path, headers, body):
        for last in (False, True):
            try:
                if self.link is None:
                    self.link = http.client.HTTPSConnection("127.0.0.1", self.server.port,
                                                            timeout=40, context=self.context)
                self.link.request(method, path, body, headers)
                answer = self.link.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, OSError):
                self.link = None
                if last:
                    raise

    def sign_in(self):
        body = json.dumps({"email": self.server.said["admin"],
                           "password": self.server.said["password"]})
        status, headers, text = self.send("POST", "/api/auth/login",
                                          {"Content-Type": "application/json"}, body)
        if status == 200:
            self.cookie = headers["Set-Cookie"].split(";")[0]
            self.csrf = json.loads(text)["csrf_token"]
        return status

    # --- one request

    def credentials(self, method, path, operation):
        """Mostly what the route wants."""
        choice = self.document.random.random()
        ends = (method, path) in ENDS_SESSION or path.startswith("/api/auth/sessions/")
        takes_key = any("apiKey" in way for way in operation.get("security", []))
        if choice < (0.45 if takes_key else 0.05):
            return {"X-API-Key": self.server.key}
        if choice < 0.88 and not ends:
            return {"Cookie": self.cookie, "X-CSRF-Token": self.csrf}
        if choice < 0.9:
            return {"Authorization": "Bearer garbage"}
        if choice < 0.95:
            return {"X-API-Key": "sk_live_" + "A" * 43}
        return {}

    def id_for(self, path):
        """Mostly an id of the kind that the route names, if an answer has shown one."""
        kinds = {"files": "fil_", "analyses": "ana_", "jobs": "job_", "projects": "prj_",
                 "sessions": "ses_", "keys": "", "users": ""}
        for word, prefix in kinds.items():
            fitting = sorted(name for name in self.ids if f"/{word}/" in path and
                             (name.startswith(prefix) if prefix else name.isdigit()))
            if fitting and self.document.random.random() < 0.7:
                return self.document.random.choice(fitting)
        return self.document.random.choice(sorted(self.ids))

    def path_of(self, path, operation):
        query = []
        for parameter in operation.get("parameters", []):
            parameter = self.document.resolve(parameter)
            name, where = parameter["name"], parameter["in"]
            if where == "path":
                chosen = self.id_for(path)
                path = path.replace("{" + name + "}", chosen)
            elif where == "query" and (parameter.get("required") or
                                       self.document.random.random() < 0.4):
                value = self.document.value(parameter.get("schema", True), 0.2)
                if name == "wait":
                    value = self.document.random.choice([0, 1, "x"])
                query.append((name, value if isinstance(value, str) else json.dumps(value)))
        return path + ("?" + urllib.parse.urlencode(query, errors="replace") if query else "")

    def body_of(self, operation):
        content = self.document.resolve(operation.get("requestBody", {})).get("content", {})
        if not content:
            return (None, None) if self.document.random.random() < 0.8 else ("application/json", "{}")
        kind = self.document.random.choice(sorted(content))
        if "json" not in kind or self.document.random.random() < 0.05:
            return kind, self.document.random.choice([CSV, "", "a,b\n1,2\n", "\x00\xff", "{"])
        value = self.document.value(content[kind].get("schema", True))
        if isinstance(value, dict) and "csv_data" in value and self.document.random.random() < 0.5:
            value["csv_data"] = CSV
        for name in ("password", "old_password"):
            if isinstance(value, dict) and name in value and self.document.random.random() < 0.2:
                value[name] = self.server.said["password"]
        return kind, json.dumps(value)

    def one(self, method, path, operation):
        target = self.path_of(path, operation)
        if method != "GET":  # our own key stays as it is
            target = re.sub(r"/keys/(1|sk_test[^/?]*)(?=/|$|\?)", "/keys/999", target)
        kind, body = self.body_of(operation)
        headers = self.credentials(method, path, operation)
        if method != "GET" and re.match(r"/(api|v1)/admin/users/(1|admin)", target):
            headers = {"X-API-Key": self.server.key}  # our own account stays as it is
        headers["Accept-Language"] = self.document.random.choice(["en", "zh"])
        if kind:
            headers["Content-Type"] = kind
        status, got, text = self.send(method, target, headers, body)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.judge(operation, status, got, text, f"{method} {target} {str(body)[:300]}")

    def judge(self, operation, status, headers, text, asked):
        if status >= 500:
            self.wrong.append(f"{status}: {asked} → {text[:200]!r}")
            return
        documented = operation["responses"].get(str(status))
        if documented is None:
            self.wrong.append(f"{status} is not documented: {asked} → {text[:200]!r}")
            return
        content = self.document.resolve(documented).get("content", {})
        kind = (headers.get("Content-Type") or "").split(";")[0]
        if not text or status == 304:
            return
        if kind not in content and "*/*" not in content:
            self.wrong.append(f"'{kind}' is not documented for {status}: {asked}")
            return
        if kind.endswith("json") and kind in content and "ndjson" not in kind:
            value = json.loads(text)
            self.learn(value)
            for sentence in self.document.problems(value, content[kind].get("schema", True))[:3]:
                self.wrong.append(f"{status} {asked}: {sentence}")

    def learn(self, value):
        """Ids of answers are used in later paths."""
        stack = [value]
        while stack and len(self.ids) < 200:
            node = stack.pop()
            if isinstance(node, dict):
                if isinstance(node.get("id"), (int, str)) and len(str(node["id"])) < 60:
                    self.ids.add(urllib.parse.quote(str(node["id"]), safe=""))
                stack += node.values()
            elif isinstance(node, list):
                stack += node[:5]

    def run(self):
        self.document = Document(json.loads(self.send("GET", "/openapi.json", {}, None)[2]), SEED)
        operations = sorted(self.document.operations(), key=lambda row: row[:2])
        scenario.check("the session begins", self.sign_in() == 200)
        for i in range(REQUESTS):
            if i % 40 == 39 and self.send("GET", "/api/auth/sessions", {"Cookie": self.cookie},
                                          None)[0] == 401:
                self.sign_in()
            self.one(*operations[i % len(operations)])
        return len(operations)


zenodo = zenodo_fake.Fake()
stripe = stripe_fake.StripeFake("whsec_property").start()
server = scenario.Server(config=CONFIG.format(zenodo=zenodo.url, stripe=stripe.url, key=stripe.key))
status, text = host(server, "PATCH", "/api/admin/users/1",
                    {"per_minute": 1000000, "per_day": 100000000, "analyses_per_month": 1000000})
scenario.check("the limits are raised", status == 200, text)
run = Run(server)
count = run.run()
scenario.check("the session lasts to the end", run.send(
    "GET", "/api/auth/sessions", {"Cookie": run.cookie}, None)[0] == 200)
code, _ = server.stop()
zenodo.stop()
print(f"figure: {REQUESTS} requests over {count} routes, seed {SEED}, "
      f"answers {dict(sorted(run.statuses.items()))}")
for sentence in run.wrong[:40]:
    print("WRONG " + sentence)
scenario.check("no undocumented status, no schema mismatch, no 5xx", not run.wrong,
               f"{len(run.wrong)} wrong answers")
scenario.check("the server stops in order", code == 0, server.errors)
scenario.check("nothing was logged as an error", "level=error" not in server.errors, server.errors)
scenario.done()
