"""Work for a server that will lose its power: writes of every kind, and what their answers promised."""
import hashlib
import os
import re
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client, log_csv

if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"  # a model knows what is durable, no disk has to


class Workload:
    """Requests with a number of their own, and what their answers promised."""

    def __init__(self, rounds, place, env=None, position=lambda: 0):
        """`position` tells where in a trace an answer has arrived."""
        self.lock, self.numbers, self.position = threading.Lock(), 0, position
        self.promises, self.problems = [], []
        self.appliance = Appliance("[jobs]\nrunning_max = 2\n", place=place, env=env)
        user = self.ask_admin("user", "/api/admin/users",
                              {"email": "a@example.com", "plan": "enterprise",
                               "password": "a long enough pass 7391"})
        self.user = user.get("id") or user["user"]["id"]
        self.key = self.ask_admin("key", f"/api/admin/users/{self.user}/keys", {"name": "a"})["key"]
        threads = [threading.Thread(target=self.guard, args=(work, rounds)) for work in
                   (self.keys, self.keys, self.users, self.detects, self.jobs, self.files)]
        threads.append(threading.Thread(target=self.guard, args=(self.upload, 1)))
        for thread in threads:
            thread.start()
        self.backup()
        for thread in threads:
            thread.join()
        whole = self.backup()
        self.code, _ = self.appliance.stop()
        for words in (("db", "compact"), ("restore", f"{self.appliance.data}/backups/{whole}", "--yes")):
            done = self.appliance.cli(*words, env=self.appliance.env)
            if done.returncode:
                self.problems.append(done.stderr)

    def backup(self):
        """Its name; that it is there is promised by an answer behind it."""
        made = self.appliance.cli("backup", "create", "-o", "json")
        name = re.search(r"[^\s\"/]+\.backup", made.stdout)
        if made.returncode or not name:
            self.problems.append(made.stderr)
            return ""
        self.client_call("backup", name[0], "GET", "/health")
        return name[0]

    def guard(self, work, rounds):
        try:
            for number in range(rounds):
                work(number)
        except Exception as wrong:  # told by the main thread
            self.problems.append(repr(wrong))

    def request(self):
        with self.lock:
            self.numbers += 1
            return self.numbers

    def promise(self, request, kind, *words):
        with self.lock:
            self.promises.append((self.position(), " ".join([str(request), kind, *map(str, words)])))

    def ask_admin(self, kind, path, body, method="POST", thing=None):
        request = self.request()
        answer = self.appliance.admin(method, path, body, X_Request_Id=f"pc-{request}") or {}
        self.promise(request, kind, thing or answer.get("id") or answer["user"]["id"])
        return answer

    def client_call(self, kind, thing, method, path, body=None, **headers):
        request = self.request()
        status, _, answer = Client(self.appliance, self.key).call(
            method, path, body, X_Request_Id=f"pc-{request}", **headers)
        assert status in (200, 201, 202, 204), (status, answer)
        self.promise(request, kind, *([thing] if isinstance(thing, str) else thing(answer)))
        return answer

    def keys(self, number):
        made = self.ask_admin("key", f"/api/admin/users/{self.user}/keys", {"name": f"k{number}"})
        if number % 3 == 0:
            self.ask_admin("revoked", f"/api/admin/keys/{made['id']}", None, "DELETE", made["id"])

    def users(self, number):
        self.ask_admin("user", "/api/admin/users", {"email": f"u{number}@example.com"})

    def detects(self, number):
        self.client_call("analysis", lambda answer: [answer["id"]], "POST", "/api/detect",
                         {"csv_data": log_csv(8, seed=number), "seed": number})

    def jobs(self, number):
        self.client_call("job", lambda answer: [answer["job"]["id"]], "POST", "/api/jobs",
                         {"kind": "detect", "input": {"csv_data": log_csv(8), "seed": number}})

    def files(self, number):
        text = f"a,b\n{number},{'7' * (number % 5 * 3000)}\n"
        made = self.client_call(
            "file", lambda answer: [answer["id"], answer["sha256"]], "POST", f"/api/files?name=f{number}.csv", text, Content_Type="text/csv")
        if number % 4 == 3:
            self.client_call("file_gone", made["id"], "DELETE", f"/api/files/{made['id']}")

    def upload(self, _):
        """A file in three parts that are sent at the same time."""
        size = 1 << 20
        data = bytes(range(256)) * (2 * size // 256) + b"the end"
        made = self.client_call("file", lambda answer: [answer["id"], "-"], "POST", "/api/files",
                                {"name": "parts.bin", "size": len(data), "part_size": size})

        def put(number):
            part = data[number * size:(number + 1) * size]
            self.client_call("part", lambda _: [f"{made['id']}/{number + 1}",
                                                hashlib.sha256(part).hexdigest()], "PUT",
                             f"/api/files/{made['id']}/parts/{number + 1}", part,
                             Content_Type="application/octet-stream")

        parts = [threading.Thread(target=self.guard, args=(lambda _, number=number: put(number), 1))
                 for number in range(3)]
        for thread in parts:
            thread.start()
        for thread in parts:
            thread.join()
        self.client_call("file", lambda answer: [answer["id"], answer["sha256"]], "POST",
                         f"/api/files/{made['id']}/complete", {"sha256": hashlib.sha256(data).hexdigest()})
