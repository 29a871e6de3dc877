"""500 sign-ins at once: memory is bounded by the two threads that hash passwords, whoever finds the
queue full is told when to come back, and other calls go on. Limits per account and per address."""
import json
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client
from scenario import check, done
from crowd import at_once, counted, memory_mib, percentile, request, status_of

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 500
server = Appliance("[http]\ntrusted_proxies = 127.0.0.0/8\n")
key = server.user("a@example.com", "enterprise")
server.admin("PATCH", "/api/admin/users/1", {"per_minute": 100000})
user = Client(server, key)


def login(email, address):
    body = json.dumps({"email": email, "password": "surely not the right one 4711"}).encode()
    return request("/api/auth/login", body, "POST", Content_Type="application/json", X_Forwarded_For=address)


def refusals(answers, name, allowed):
    statuses = counted([status_of(answer) for answer, _ in answers])
    check(f"{name}: answered, all of them, with {sorted(allowed)}", not set(statuses) - set(allowed), statuses)
    bare = [answer for answer, _ in answers if status_of(answer) in (429, 503)
            and not re.search(rb"\r\nretry-after: \d+\r\n", answer, re.I)]
    check(f"{name}: who is refused learns when to come back", not bare, bare[:1])
    return statuses


stop, beside = threading.Event(), []


def others():
    while not stop.is_set():
        begin = time.monotonic()
        assert user.call("GET", "/api/dashboard/keys")[0] == 200
        beside.append(time.monotonic() - begin)
        time.sleep(0.005)


watcher = threading.Thread(target=others)
watcher.start()
time.sleep(2)
alone, rest = list(beside), memory_mib(server.process.pid)
beside.clear()
answers = at_once(server.port, [login(f"u{i}@example.com", f"10.1.{i // 250}.{i % 250}") for i in range(COUNT)])
busy = list(beside)
stop.set()
watcher.join()
peak = memory_mib(server.process.pid, "VmHWM")
statuses = refusals(answers, "500 accounts from 500 addresses", {401, 503})
check("some were let through to the password", statuses.get(401, 0) >= 2, statuses)
check("the queue was full for others", statuses.get(503, 0) > COUNT // 4, statuses)
check("memory grew by less than 2 x 64 MiB", peak - rest < 128, (rest, peak))
check("other calls went on", len(busy) > 5 and percentile(busy, 0.99) < max(0.25, 10 * percentile(alone, 0.99)),
      (percentile(alone, 0.99), percentile(busy, 0.99)))
time.sleep(1)
one = [at_once(server.port, [login("a@example.com", f"10.2.0.{i}")])[0] for i in range(30)]
account = refusals(one, "one account from 30 addresses", {401, 429, 503})
check("its limit stops them", account.get(429, 0) >= 10, account)
here = [at_once(server.port, [login(f"v{i}@example.com", "10.3.0.1")])[0] for i in range(60)]
address = refusals(here, "60 accounts from one address", {401, 429, 503})
check("its limit stops them, too", address.get(429, 0) >= 10, address)
check("stops in order", server.stop()[0] == 0)
print(f"figure: {COUNT} sign-ins at once: {statuses}, memory +{peak - rest:.0f} MiB, p99 of other calls "
      f"{percentile(busy, 0.99) * 1000:.0f} ms (alone {percentile(alone, 0.99) * 1000:.0f} ms); one account: {account}; "
      f"one address: {address}")
done()
