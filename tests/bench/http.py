#!/usr/bin/python3
"""Requests per second of the appliance as ratios to bare libh2o and nginx in the same run.

    python3 tests/bench/http.py build/release/sleuth build/release/tests/bench/bare [SECONDS]

Plain HTTP/1.1 on loopback, wrk in one thread, 64 connections where nothing else is said; the client
shares the cores with the server. Limits of 50 users are overridden upward, the limiter runs. Prints a
table, writes build/bench-http.json, and exits with 1 when a budget is missed.
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
local keys, at, made = {}, 0, 0
for line in io.lines(os.getenv("KEYS")) do keys[#keys + 1] = line end
local method, body = os.getenv("METHOD"), os.getenv("BODY")
request = function()
  at = at % #keys + 1
  made = made + 1
  local headers = {["X-API-Key"] = keys[at]}
  if body then headers["Content-Type"] = "application/json" end
  return wrk.format(method, nil, headers, body and body:gsub("@", tostring(made + 1000000 * tonumber(os.getenv("ROUND")))))
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

    def memory_mib(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) / 1024

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


def syncs_per_second(folder):
    """What the disk gives when every write waits for its own flush."""
    with open(os.path.join(folder, "sync"), "wb", buffering=0) as file:
        end, count = time.monotonic() + 2, 0
        while time.monotonic() < end:
            os.pwrite(file.fileno(), b"x" * 4096, 0)
            os.fdatasync(file.fileno())
            count += 1
    return count / 2


def nginx(folder):
    config = os.path.join(folder, "nginx.conf")
    with open(config, "w") as file:
        file.write(f"worker_processes {min(CORES, 4)}; daemon off; pid {folder}/nginx.pid; error_log /dev/null;"
                   "events { worker_connections 1024; } http { access_log off; keepalive_requests 100000000;"
                   "server { listen 127.0.0.1:18473 reuseport; default_type application/json;"
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


def main():
    sleuth, bare_program = sys.argv[1], sys.argv[2]
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    for tool in ("wrk", "nginx"):
        if not shutil.which(tool):
            print(f"SKIPPED: there is no {tool} here")
            return 0
    folder = tempfile.mkdtemp(prefix="sleuth-bench-")
    rows, missed = [], []

    def show(name, load, base=None, budget=None, cpu_budget=None):
        ratio = load.per_second / base if base else None
        bad = load.errors or (budget and ratio < budget) or (cpu_budget and load.cpu_us > cpu_budget)
        if bad:
            missed.append(name)
        rows.append(dict(name=name, budget=budget, ratio=ratio, missed=bool(bad), **vars(load)))
        print(f"{name:<34} {load.per_second:9.0f}/s   p50 {load.p50_ms:7.2f} ms   p99 {load.p99_ms:7.2f} ms"
              f"   cpu {load.cpu_us:6.1f} us   errors {load.errors}"
              + (f"   ratio {ratio:5.2f}" if ratio else "") + (f" (budget {budget})" if budget else "")
              + ("   MISSED" if bad else ""), flush=True)
        return load

    bare = Server([bare_program, str(min(CORES, 4))])
    ceiling = show("bare libh2o, fixed JSON", Load(bare, f"http://127.0.0.1:{bare.address}/", seconds))
    bare.stop()
    web = nginx(folder)
    show("nginx, fixed JSON", Load(None, "http://127.0.0.1:18473/", seconds), ceiling.per_second)
    web.terminate()
    web.wait(10)
    syncs = syncs_per_second(folder)
    print(f"{'one flush after the other':<34} {syncs:9.0f}/s")
    server = appliance(sleuth, folder)
    keys, url = os.path.join(folder, "keys"), server.address
    print(f"{'start on an empty store':<34} {server.start_ms:9.0f} ms   resident {server.memory_mib():.0f} MiB")
    show("GET /health", Load(server, url + "/health", seconds), ceiling.per_second)
    show("GET /api/me", Load(server, url + "/api/me", seconds, keys), ceiling.per_second, 0.75)
    for connections in (1, 16, 64, 256):
        show(f"GET /api/dashboard/keys, {connections}",
             Load(server, url + "/api/dashboard/keys", seconds, keys, connections=connections),
             ceiling.per_second, 0.60 if connections == 64 else None)
    detect = '{"engine":"classic","seed":@,"csv_data":"' + LOG + '"}'
    show("POST /api/detect, 8 rows", Load(server, url + "/api/detect", seconds, keys, "POST", detect),
         ceiling.per_second, 0.06, 70)
    unkept = detect.replace('"seed"', '"store":false,"seed"')
    show("the same, not kept in the history", Load(server, url + "/api/detect", seconds, keys, "POST", unkept),
         ceiling.per_second)
    for connections, budget in ((32, 5), (256, 10)):
        show(f"POST /api/dashboard/keys, {connections}",
             # Two seconds each: a user may have 1,000 keys, and refusals are not what is measured.
             Load(server, url + "/api/dashboard/keys", 2, keys, "POST", '{"name":"k@"}', connections), syncs, budget)
    print(f"{'after the load':<34} resident {server.memory_mib():.0f} MiB")
    server.stop()
    os.makedirs("build", exist_ok=True)
    with open("build/bench-http.json", "w") as file:
        json.dump({"rows": rows, "syncs_per_second": syncs, "cores": CORES}, file, indent=1)
    shutil.rmtree(folder)
    if missed:
        print("missed:", ", ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
