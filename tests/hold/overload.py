"""Two and ten times the load that the server can bear: what it accepts is as much as at its peak and
not much later, the rest is refused with 429 or 503 and a time to come back, memory is bounded, and
health and administration answer. overload.py [SECONDS-PER-LOAD]

The load is open: requests come at their rate whether or not earlier ones were answered. Each is an
analysis of some tens of milliseconds, so that the client, which shares the cores, costs little.
"""
import json
import os
import random
import re
import selectors
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, log_csv
from crowd import counted, memory_mib, percentile, request, status_of
from scenario import check, done

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 15
USERS, ROWS, DRAWS, AT_PEAK, PATIENCE_S = 20, 600, 4999, 16, 60
server = Appliance()
keys = []
for i in range(USERS):
    keys.append(server.user(f"u{i}@example.com", "enterprise"))
    server.admin("PATCH", f"/api/admin/users/{i + 1}", {"per_minute": 100000, "per_day": 1000000})
pid, chance, serial, rows = server.process.pid, random.Random(20261128), [0], log_csv(ROWS)


def analysis():
    """A request that no cache knows."""
    serial[0] += 1
    body = json.dumps({"csv_data": rows, "draws": DRAWS, "seed": serial[0]}).encode()
    return request("/api/detect", body, "POST", Content_Type="application/json", X_API_Key=keys[serial[0] % USERS])


class Load:
    """Open when `rate` is given, else closed with `clients` at a time."""

    def __init__(self):
        self.chooser, self.done, self.resets = selectors.DefaultSelector(), [], 0

    def begin(self):
        sock = socket.create_connection(("127.0.0.1", server.port))
        sock.sendall(analysis())
        sock.setblocking(False)
        self.chooser.register(sock, selectors.EVENT_READ, [time.monotonic(), b""])

    def read(self, wait):
        """How many ended."""
        ended = 0
        for key, _ in self.chooser.select(max(0, wait)):
            try:
                part = key.fileobj.recv(1 << 20)
            except OSError:
                part, self.resets = b"", self.resets + 1
            if part:
                key.data[1] += part[:4096]
                continue
            self.chooser.unregister(key.fileobj)
            key.fileobj.close()
            self.done.append((time.monotonic(), time.monotonic() - key.data[0], key.data[1]))
            ended += 1
        return ended

    def run(self, seconds, clients=0, rate=0):
        begin = now = time.monotonic()
        due = begin
        for _ in range(clients):
            self.begin()
        while now - begin < seconds:
            if rate and now >= due:
                self.begin()
                due += chance.expovariate(rate)
            ended = self.read(min(0.05, due - now) if rate else 0.05)
            for _ in range(ended if clients else 0):
                self.begin()
            now = time.monotonic()
        within = [entry for entry in self.done if status_of(entry[2]) == 200]
        while self.chooser.get_map() and time.monotonic() - now < PATIENCE_S:
            self.read(0.1)
        self.left = len(self.chooser.get_map())
        self.goodput = len(within) / seconds
        self.accepted = [took for _, took, answer in self.done if status_of(answer) == 200]
        self.statuses = counted([status_of(answer) for _, _, answer in self.done])
        self.without_time = sum(status_of(answer) in (429, 503) and not re.search(rb"\r\nretry-after: *\d", answer, re.I)
                                for _, _, answer in self.done)
        return self


def bystanders(stop, seen):
    """Health over TCP, administration over the socket, five times a second."""
    while not stop.is_set():
        for what in ("/health", "/readyz", "/api/admin/users?limit=1"):
            begin = time.monotonic()
            if "admin" in what:
                server.admin("GET", what)
            else:
                with socket.create_connection(("127.0.0.1", server.port), timeout=30) as sock:
                    sock.sendall(request(what))
                    assert status_of(sock.recv(4096)) in (200, 503)
            seen.append(time.monotonic() - begin)
        time.sleep(0.2)


Load().run(2, clients=AT_PEAK)  # caches and pools are warm
peak = Load().run(max(6, SECONDS / 3), clients=AT_PEAK)
rest = memory_mib(pid)
check("a peak was found", peak.goodput > 5 and set(peak.statuses) == {200}, (peak.goodput, peak.statuses))
said = [f"peak {peak.goodput:.0f}/s, p99 {percentile(peak.accepted, 0.99) * 1000:.0f} ms"]
for times in (2, 10):
    stop, seen = threading.Event(), []
    thread = threading.Thread(target=bystanders, args=(stop, seen))
    thread.start()
    load = Load().run(SECONDS, rate=times * peak.goodput)
    stop.set()
    thread.join()
    share, late = load.goodput / peak.goodput, percentile(load.accepted, 0.99) / percentile(peak.accepted, 0.99)
    name = f"{times} times the load"
    check(f"{name}: goodput at least 90 % of the peak", share >= 0.9, f"{share:.0%}")
    check(f"{name}: p99 of what is accepted below 5 times that of the peak", late < 5, f"{late:.1f}")
    check(f"{name}: nothing but 200, 429, 503", set(load.statuses) <= {200, 429, 503}, load.statuses)
    check(f"{name}: no reset, nobody without an answer", load.resets == 0 and load.left == 0, (load.resets, load.left))
    check(f"{name}: who is refused learns when to come back", load.without_time == 0, load.without_time)
    check(f"{name}: health and administration within a second", seen and max(seen) < 1, max(seen, default=None))
    said.append(f"{times}x: goodput {share:.0%}, p99 {late:.1f} times, {load.statuses}, health and admin at most "
                f"{max(seen, default=0) * 1000:.0f} ms")
grown = memory_mib(pid, "VmHWM") - rest
check("memory is bounded", grown < 512, f"{grown:.0f} MiB")
check("stops in order", server.stop()[0] == 0)
print(f"figure: {'; '.join(said)}; memory +{grown:.0f} MiB at most")
done()
