"""The clock jumps under load: ten days back, 400 days ahead, to the end of 2037, twice as fast. No call
fails for it, no limit ends early, no quota comes back, and jumps back stand in the audit log."""
import email.utils
import http.client
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client
from crowd import counted
from scenario import check, done

LIBRARIES = [path for path in ("/usr/lib/%s/faketime/libfaketimeMT.so.1" % name for name in (
    "x86_64-linux-gnu", "aarch64-linux-gnu")) if os.path.exists(path)]
if not LIBRARIES:
    print("SKIPPED: no libfaketime here (package faketime)")
    sys.exit(77)
LOG = "time_period,algorithm,performance,constraint_x\n1,A,0.7,100\n1,B,0.6,100\n2,A,0.72,110\n2,B,0.63,110\n"


class Shifted(Appliance):
    """Its wall clock is what the file beside the configuration says."""

    def __init__(self):
        # Without the sandbox: libfaketime reads its file at each look.
        super().__init__("[sandbox]\nmode = off\n", env={
            "LD_PRELOAD": LIBRARIES[0], "FAKETIME_TIMESTAMP_FILE": "@DIR@/clock", "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"})

    def start(self):
        self.shift("+0")
        return super().start()

    @property
    def clock_file(self):
        return os.path.join(self.dir.name, "clock")

    def shift(self, text):
        with open(self.clock_file + ".new", "w") as file:
            file.write(text + "\n")
        os.rename(self.clock_file + ".new", self.clock_file)
        time.sleep(1.5)  # the server looks once a second


server = Shifted()
server.shift("-1d")
status, headers, _ = Client(server, "").call("GET", "/health")
shifted = time.time() - email.utils.parsedate_to_datetime(headers["Date"]).timestamp()
check("its clock can be moved", 86000 < shifted < 87000, shifted)
server.shift("+0")
keys = {name: server.user(f"{name}@example.com", "enterprise") for name in ("load", "minute", "quota", "locked")}
ids = {user["email"].split("@")[0]: user["id"] for user in server.admin("GET", "/api/admin/users")["users"]}
server.admin("PATCH", f"/api/admin/users/{ids['load']}", {"per_minute": 100000, "per_day": 1000000})
server.admin("PATCH", f"/api/admin/users/{ids['minute']}", {"per_minute": 20})
server.admin("PATCH", f"/api/admin/users/{ids['quota']}", {"analyses_per_month": 5, "per_minute": 100000})

# --- load that goes on through all of it ---

stop, statuses, broken = threading.Event(), [], []


def load(number):
    client, serial = Client(server, keys["load"]), number * 1000000
    while not stop.is_set():
        try:
            serial += 1
            statuses.append(client.call("GET", "/api/dashboard/keys")[0])
            statuses.append(client.call("POST", "/api/detect", {"csv_data": LOG, "engine": "classic", "seed": serial})[0])
        except (OSError, http.client.HTTPException) as error:
            broken.append(str(error))
        time.sleep(0.02)


clients = [threading.Thread(target=load, args=(i,)) for i in range(3)]
for client in clients:
    client.start()

# --- limits that must not end early ---

minute, quota = Client(server, keys["minute"]), Client(server, keys["quota"])
serial = [0]


def analyse():
    serial[0] += 1
    return quota.call("POST", "/api/detect", {"csv_data": LOG, "engine": "classic", "seed": serial[0]})[0]


def login():
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request("POST", "/api/auth/login", json.dumps({"email": "locked@example.com", "password": "wrong one 12"}),
                       {"Content-Type": "application/json"})
    return connection.getresponse().status


used = [analyse() for _ in range(7)]
check("five analyses, then no more", used[:5] == [200] * 5 and set(used[5:]) <= {402, 429}, used)
tries = [login() for _ in range(12)]
check("wrong passwords lock the account", tries[-1] == 429, tries)
JUMPS = ["-10d", "+0", "+1h", "+2d", "+0", "-40d", "+0", "+0 x2", "+0"]
filled = time.monotonic()
calls = [minute.call("GET", "/api/dashboard/keys")[0] for _ in range(25)]
check("twenty calls a minute, then no more", calls[:20] == [200] * 20 and set(calls[20:]) == {429}, calls)
early = []
for jump in JUMPS:
    server.shift(jump)
    if time.monotonic() - filled < 50:
        early.append((jump, "per minute", minute.call("GET", "/api/dashboard/keys")[0]))
        early.append((jump, "lock", login()))
    if jump in ("-10d", "+0", "+1h", "-40d", "+0 x2"):
        early.append((jump, "quota", analyse()))
check("no limit ends early", all(status in (402, 429) for _, _, status in early), [e for e in early if e[2] not in (402, 429)])
for jump in ("+400d", "@2037-12-31 12:00:00", "+0"):
    server.shift(jump)
    check(f"{jump}: serves", Client(server, keys["load"]).call("GET", "/health")[0] == 200)
back = analyse()
check("a month that was used up stays so after all that", back in (402, 429), back)
stop.set()
for client in clients:
    client.join(60)
wrong = {status: n for status, n in counted(statuses).items() if status not in (200, 429)}
check("no call failed for it", not wrong, wrong)
check("no connection broke", not broken, broken[:3])
actions = [entry["action"] for entry in server.admin("GET", "/api/admin/audit?limit=200")["entries"]]
jumps = [action for action in actions if "clock" in action]
check("jumps back stand in the audit log", len(jumps) >= 2, counted(actions))
check("the sums agree", server.admin("GET", "/api/admin/usage/verify")["ok"])
code, _ = server.stop()
check("stops in order", code == 0, code)
check("the audit chain holds", server.cli("audit", "verify").returncode == 0)
check("nothing was logged as an error", "level=error" not in server.errors(), server.errors()[:500])
print(f"figure: {len(JUMPS) + 3} jumps, {len(statuses)} calls beside them ({counted(statuses)}), {len(early)} looks at limits, "
      f"none ended early; {len(jumps)} jumps in the audit log")
done()
