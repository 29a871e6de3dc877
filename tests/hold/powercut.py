"""Power cuts at every system call of a working server: nothing acknowledged is lost, no store is
damaged, from the first byte of the first start on. powercut.py [short|full]

A server runs under a recorder (LD_PRELOAD) from an empty disk on, while clients create and revoke
keys, create users, detect, queue jobs, upload and delete files, and a backup is made. The trace
holds every write, barrier and name that changed, and every answer in its place among them. A
replayer then builds the disk after a cut behind each event: all that barriers made durable, and of
the rest none, all, the last, random pages, torn sectors. Each disk is opened, checked and searched
for all that had been answered by then. The same with syncs swallowed, with those of blobs swallowed,
and with LMDB in its NOSYNC mode must fail, or the test proves nothing.
"""
import os
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client, log_csv
from scenario import ROOT, check, done

BUILT = os.path.join(ROOT, "build/release/tests/hold/powercut")
SHORT = "full" not in sys.argv[1:]
ROUNDS = 6 if SHORT else 60      # of the workload, each a few writes of every kind
if os.access("/dev/shm", os.W_OK):
    tempfile.tempdir = "/dev/shm"  # the model knows what is durable, no disk has to


class Workload:
    """Requests with a number of their own, and what their answers promised."""

    def __init__(self, rounds, env):
        self.trace = tempfile.NamedTemporaryFile(prefix="sleuth-trace-")
        self.acks = tempfile.NamedTemporaryFile(prefix="sleuth-acks-", mode="w")
        self.lock, self.numbers = threading.Lock(), 0
        self.appliance = Appliance("[jobs]\nrunning_max = 2\n", place="disk/data", env={
            "LD_PRELOAD": os.path.join(BUILT, "record.so"), "POWERCUT_ROOT": "@DIR@/disk",
            "POWERCUT_TRACE": self.trace.name, **env})
        self.problems = []
        user = self.ask_admin("user", "/api/admin/users",
                              {"email": "a@example.com", "plan": "enterprise",
                               "password": "a long enough pass 7391"})
        self.user = user.get("id") or user["user"]["id"]
        self.key = self.ask_admin("key", f"/api/admin/users/{self.user}/keys", {"name": "a"})["key"]
        threads = [threading.Thread(target=self.guard, args=(work, rounds)) for work in
                   (self.keys, self.keys, self.users, self.detects, self.jobs, self.files)]
        for thread in threads:
            thread.start()
        made = self.appliance.cli("backup", "create", "-o", "json")
        if made.returncode == 0:
            name = re.search(r"[^\s\"/]+\.backup", made.stdout)[0]
            self.client_call("backup", name, "GET", "/health")
        else:
            self.problems.append(made.stderr)
        for thread in threads:
            thread.join()
        self.code, _ = self.appliance.stop()
        self.acks.flush()

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
            self.acks.write(" ".join([str(request), kind, *map(str, words)]) + "\n")

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

    def replay(self, *flags):
        with tempfile.TemporaryDirectory(prefix="sleuth-cut-") as scratch:
            run = subprocess.run([os.path.join(BUILT, "replay"), self.trace.name, self.acks.name,
                                  scratch, *flags], capture_output=True, text=True)
        return run.returncode, run.stdout.strip().split("\n"), run.stderr


def cut(what, env, rounds, *flags):
    """The workload, then its cuts; (exit code of the replayer, its lines)."""
    work = Workload(rounds, env)
    check(f"{what}: the server works and stops in order", work.code == 0 and not work.problems,
          work.problems or work.appliance.errors()[-300:])
    code, lines, errors = work.replay(*flags)
    check(f"{what}: the replayer ends", code in (0, 1), errors)
    print("\n".join("      " + line for line in lines))
    return code, lines[-1]


code, line = cut("as shipped", {}, ROUNDS, "--step", "3", "--rounds", "2" if SHORT else "3")
check("as shipped: nothing is lost, nothing is damaged", code == 0)
print(f"figure: {line}")
for what, env in (("every sync swallowed", {"POWERCUT_EAT": "all"}),
                  ("syncs of blobs swallowed", {"POWERCUT_EAT": "blobs"}),
                  ("LMDB with NOSYNC", {"POWERCUT_NOSYNC": "1"})):
    code, line = cut(what, env, 3, "--step", "11", "--rounds", "1", "--images", "150")
    check(f"{what}: is noticed", code == 1, line)
    print(f"figure: control, {what}: {line.split(': ', 1)[1]}")
done()
