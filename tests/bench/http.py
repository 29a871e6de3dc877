#!/usr/bin/python3
"""Requests per second of the appliance as ratios to bare libh2o and nginx in the same run.

    python3 tests/bench/http.py build/release/sleuth build/release/tests/bench/bare [SECONDS [WORD]]

Plain HTTP/1.1 on loopback, wrk in one thread, 64 connections where nothing else is said; the client
shares the cores with the server. Bare libh2o gets the same requests as the appliance, with the keys
in them. Limits of 50 users are overridden upward, the limiter runs. HTTPS and HTTP/2 are compared
with nginx and the same certificate. Prints a table, writes build/bench-http.json, and exits with 1
when a budget of budgets.json is missed. With WORD, such as https, only rows whose name has it.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

USERS, CONNECTIONS = 50, 64
CORES = os.cpu_count() or 1
LOG = ("time_period,algorithm,performance,constraint_compute\\n1,A,0.70,100\\n1,B,0.60,100\\n2,A,0.72,110\\n"
       "2,B,0.63,110\\n3,A,0.71,120\\n3,B,0.66,125\\n4,A,0.73,130\\n4,B,0.67,131\\n")
LUA = """
local keys, ready, at, made = {}, {}, 0, 0
for line in io.lines(os.getenv("KEYS")) do keys[#keys + 1] = line end
local method, body = os.getenv("METHOD"), os.getenv("BODY")
init = function()
  if body then return end
  for i = 1, #keys do ready[i] = wrk.format(method, nil, {["X-API-Key"] = keys[i]}) end
end
request = function()
  at = at % #keys + 1
  if not body then return ready[at] end
  made = made + 1
  local headers = {["X-API-Key"] = keys[at], ["Content-Type"] = "application/json"}
  return wrk.format(method, nil, headers, body:gsub("@", tostring(made + 1000000 * tonumber(os.getenv("ROUND")))))
end
"""


class Server:
    """A process that says "listening …" and its processor time."""

    def __init__(self, command, marker="listening "):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if line.startswith(marker):
                self.address = line[len(marker):].strip()
                return
        raise SystemExit(f"{command[0]} did not start")

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self, what):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(what + r":\s+(\d+)", file.read()).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


def to_ms(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]


class Load:
    """One run of wrk; figures of a row of the table."""
    rounds = 0

    def __init__(self, server, url, seconds, keys=None, method="GET", body=None, connections=CONNECTIONS):
        Load.rounds += 1
        env = dict(os.environ, METHOD=method, ROUND=str(Load.rounds))
        script = []
        if keys:
            env.update(KEYS=keys, **({"BODY": body} if body else {}))
            script = ["-s", os.path.join(os.path.dirname(keys), "load.lua")]
        before = server.cpu_seconds() if server else 0
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *script, url],
                             env=env, capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
        cpu = server.cpu_seconds() - before if server else 0
        total = int(re.search(r"(\d+) requests in", out).group(1))
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
        self.per_second = float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))
        self.p50_ms = to_ms(re.search(r"50%\s+(\S+)", out).group(1))
        self.p99_ms = to_ms(re.search(r"99%\s+(\S+)", out).group(1))
        self.errors = (int(refused.group(1)) if refused else 0) + ("Socket errors" in out)
        self.cpu_us = cpu * 1e6 / total if total else 0


class Streams:
    """One run of h2load: HTTP/2 over TLS, 32 streams on each of 64 connections."""

    def __init__(self, server, url, seconds):
        before = server.cpu_seconds() if server else 0
        out = subprocess.run(["h2load", "-t1", f"-c{CONNECTIONS}", "-m32", f"-D{seconds}", url],
                             capture_output=True, text=True, check=True, timeout=seconds + 60).stdout
        cpu = server.cpu_seconds() - before if server else 0
        self.per_second = float(re.search(r"finished in .*?, ([\d.]+) req/s", out).group(1))
        done, good = (int(re.search(rf"(\d+) {word}", out).group(1)) for word in ("done", "2xx"))
        self.errors = max(0, done - good)
        mean = re.search(r"time for request:\s+\S+\s+\S+\s+(\S+)", out)
        self.p50_ms, self.p99_ms = to_ms(mean.group(1)) if mean else 0, 0  # h2load tells the mean only
        self.cpu_us = cpu * 1e6 / good if good else 0


def syncs_per_second(folder):
    """What the disk gives when every write waits for its own flush."""
    with open(os.path.join(folder, "sync"), "wb", buffering=0) as file:
        end, count = time.monotonic() + 2, 0
        while time.monotonic() < end:
            os.pwrite(file.fileno(), b"x" * 4096, 0)
            os.fdatasync(file.fileno())
            count += 1
    return count / 2


def nginx(folder, certificate=None):
    """Answers on 18473, or with TLS and HTTP/2 on 18474."""
    config = os.path.join(folder, "nginx.conf")
    tls = certificate and (f"ssl_certificate {certificate}/cert.pem; ssl_certificate_key {certificate}/key.pem; "
                           "ssl_session_cache shared:SSL:4m;")
    listen = "18474 ssl http2 reuseport" if tls else "18473 reuseport"
    with open(config, "w") as file:
        file.write(f"worker_processes {min(CORES, 4)}; daemon off; pid {folder}/nginx.pid; error_log /dev/null;"
                   "events { worker_connections 1024; } http { access_log off; keepalive_requests 100000000;"
                   f"server {{ listen 127.0.0.1:{listen}; {tls or ''} default_type application/json;"
                   "location / { return 200 '{\"status\":\"ok\"}'; } } }")
    process = subprocess.Popen(["nginx", "-c", config, "-p", folder], stderr=subprocess.DEVNULL)
    time.sleep(1)
    return process


def appliance(sleuth, folder):
    def write(name, text):
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)

    write("sleuth.conf", "[log]\naccess = false\nlevel = error\n")
    write("plans.conf", '[plan "enterprise"]\nper_minute = 100000\n')
    write("password", "tulip brick ferry nine")
    write("load.lua", LUA)
    data = os.path.join(folder, "data")
    begin = time.monotonic()
    server = Server([sleuth, "serve", "--data", data, "--listen", "127.0.0.1:0", "--no-tls",
                     "--config", os.path.join(folder, "sleuth.conf")])
    server.start_ms = (time.monotonic() - begin) * 1000
    keys = []
    for i in range(USERS):
        email = f"u{i}@example.com"
        subprocess.run([sleuth, "user", "create", email, "--plan", "enterprise", "--password-file",
                        os.path.join(folder, "password"), "--data", data], check=True, capture_output=True)
        keys.append(subprocess.run([sleuth, "key", "create", email, "--name", "bench", "--data", data,
                                    "--scope", "detect", "--scope", "keys:read", "--scope", "keys:write"],
                                   check=True, capture_output=True, text=True).stdout.strip())
    write("keys", "\n".join(keys) + "\n")
    return server


class Table:
    """Prints rows as they come and holds them against their budgets."""

    def __init__(self, word):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "budgets.json")) as file:
            self.budgets = json.load(file)["http"]
        self.word, self.rows, self.missed = word, [], []

    def wants(self, name):
        return not self.word or self.word in name

    def show(self, name, load, base=None):
        budget = self.budgets.get(name, {})
        ratio = load.per_second / base if base else None
        bad = bool(load.errors or (ratio or 0) < budget.get("ratio", 0) or
                   load.cpu_us > budget.get("cpu_us", 1e9) or load.p99_ms > budget.get("p99_ms", 1e9))
        if bad:
            self.missed.append(name)
        self.rows.append(dict(name=name, budget=budget, ratio=ratio, missed=bad, **vars(load)))
        print(f"{name:<34} {load.per_second:9.0f}/s   p50 {load.p50_ms:7.2f} ms   p99 {load.p99_ms:7.2f} ms"
              f"   cpu {load.cpu_us:6.1f} us   errors {load.errors}"
              + (f"   ratio {ratio:5.2f}" if ratio else "")
              + (f" (budget {budget['ratio']})" if "ratio" in budget else "")
              + ("   MISSED" if bad else ""), flush=True)
        return load


def longest_turn_ms(url):
    """Of any event loop since the start, as /metrics tells."""
    text = subprocess.run(["curl", "-s", url + "/metrics"], capture_output=True, text=True, check=True).stdout
    return float(re.search(r"^sleuth_loop_max_turn_seconds ([\d.e-]+)", text, re.M).group(1)) * 1000


def tls_rows(table, sleuth, folder, seconds):
    """HTTPS and HTTP/2 of the appliance and of nginx, in turns, with the appliance's certificate."""
    data = os.path.join(folder, "tls-data")
    server = Server([sleuth, "serve", "--data", data, "--listen", "127.0.0.1:0",
                     "--config", os.path.join(folder, "sleuth.conf")])
    url = server.address.split()[0] + "/health"
    web = nginx(folder, os.path.join(data, "tls"))
    theirs = "https://127.0.0.1:18474/"
    if table.wants("https"):
        base = table.show("nginx, fixed JSON, https", Load(None, theirs, seconds))
        table.show("GET /health, https", Load(server, url, seconds), base.per_second)
    if table.wants("http/2") and shutil.which("h2load"):
        base = table.show("nginx, fixed JSON, http/2", Streams(None, theirs, seconds))
        table.show("GET /health, http/2", Streams(server, url, seconds), base.per_second)
    web.terminate()
    web.wait(10)
    server.stop()


def plain_rows(table, server, keys, seconds, syncs, ceiling):
    url = server.address
    if table.wants("GET /health"):
        table.show("GET /health", Load(server, url + "/health", seconds, keys), ceiling)
    if table.wants("GET /api/me"):
        table.show("GET /api/me", Load(server, url + "/api/me", seconds, keys), ceiling)
    for connections in (1, 16, 64, 256):
        name = f"GET /api/dashboard/keys, {connections}"
        if table.wants(name):
            table.show(name, Load(server, url + "/api/dashboard/keys", seconds, keys, connections=connections), ceiling)
    turn_ms = longest_turn_ms(url)
    most = table.budgets["longest turn of a loop"]["ms"]
    table.missed += ["longest turn of a loop"] if turn_ms > most else []
    print(f"{'longest turn of a loop':<34} {turn_ms:9.2f} ms" + (f"   (budget {most})   MISSED" if turn_ms > most else ""))
    detect = '{"engine":"classic","seed":@,"csv_data":"' + LOG + '"}'
    if table.wants("POST /api/detect"):
        table.show("POST /api/detect, 8 rows", Load(server, url + "/api/detect", seconds, keys, "POST", detect), ceiling)
        unkept = detect.replace('"seed"', '"store":false,"seed"')
        table.show("the same, not kept in the history",
                   Load(server, url + "/api/detect", seconds, keys, "POST", unkept), ceiling)
    for connections in (32, 256):
        name = f"POST /api/dashboard/keys, {connections}"
        if table.wants(name):
            # Two seconds each: a user may have 1,000 keys, and refusals are not what is measured.
            table.show(name, Load(server, url + "/api/dashboard/keys", 2, keys, "POST", '{"name":"k@"}', connections),
                       syncs)


def main():
    sleuth, bare_program = sys.argv[1], sys.argv[2]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    table = Table(sys.argv[4] if len(sys.argv) > 4 else "")
    for tool in ("wrk", "nginx"):
        if not shutil.which(tool):
            print(f"SKIPPED: there is no {tool} here")
            return 0
    folder = tempfile.mkdtemp(prefix="sleuth-bench-")
    server = appliance(sleuth, folder)
    keys = os.path.join(folder, "keys")
    bare = Server([bare_program, str(min(CORES, 4))])
    ceiling = table.show("bare libh2o, fixed JSON", Load(bare, f"http://127.0.0.1:{bare.address}/", seconds, keys))
    bare.stop()
    web = nginx(folder)
    table.show("nginx, fixed JSON", Load(None, "http://127.0.0.1:18473/", seconds, keys), ceiling.per_second)
    web.terminate()
    web.wait(10)
    syncs = syncs_per_second(folder)
    print(f"{'one flush after the other':<34} {syncs:9.0f}/s")
    print(f"{'start on an empty store':<34} {server.start_ms:9.0f} ms   resident {server.memory_mib('VmRSS'):.0f} MiB")
    plain_rows(table, server, keys, seconds, syncs, ceiling.per_second)
    print(f"{'after the load':<34} resident {server.memory_mib('VmRSS'):.0f} MiB, of these"
          f" {server.memory_mib('RssAnon'):.0f} MiB its own and {server.memory_mib('RssFile'):.0f} MiB mapped files")
    server.stop()
    if table.wants("https") or table.wants("http/2"):
        tls_rows(table, sleuth, folder, seconds)
    os.makedirs("build", exist_ok=True)
    with open("build/bench-http.json", "w") as file:
        json.dump({"rows": table.rows, "syncs_per_second": syncs, "cores": CORES}, file, indent=1)
    shutil.rmtree(folder)
    if table.missed:
        print("missed:", ", ".join(table.missed))
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
