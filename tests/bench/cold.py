"""Start and memory of a server with many users: cold.py SLEUTH FILL [USERS KEYS_PER_USER | DIR]

Prints the time from exec to the line "listening", how much of it was processor time, and the
resident memory then and after 2,000 requests with an unknown key; the page cache is dropped before
each start when that is allowed. Exits 1 above 200 ms (median) or 200 MB. A DIR as third argument is
a data directory that was filled before and is kept.
"""
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SLEUTH, FILL = sys.argv[1:3]
USERS, KEYS = (int(a) for a in sys.argv[3:5]) if len(sys.argv) == 5 else (100000, 10)
STARTS, START_MS_MAX, RSS_MB_MAX, REQUESTS = 7, 200, 200, 2000


def rss_mb(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def cpu_ms(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def drop_caches():
    try:
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w") as f:
            f.write("1\n")
        return True
    except OSError:
        return False


def start(data):
    begin = time.monotonic()
    process = subprocess.Popen([SLEUTH, "serve", "--data", data, "--listen", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    url = process.stdout.readline().split()[-1]
    return process, url, (time.monotonic() - begin) * 1000


def fill(data):
    subprocess.run([SLEUTH, "--data", data, "user", "create", "first@example.org", "--no-password"],
                   check=True, capture_output=True)
    begin = time.monotonic()
    subprocess.run([FILL, data, str(USERS), str(KEYS)], check=True)
    print("%d users, %d keys in %.0f s" % (USERS, USERS * KEYS, time.monotonic() - begin))


def measure(data):
    print("database: %.0f MiB" % (os.path.getsize(os.path.join(data, "db/data.mdb")) / 2**20))
    times, cpu, memory = [], [], []
    dropped = False
    for _ in range(STARTS):
        dropped = drop_caches()
        process, url, ms = start(data)
        times.append(ms)
        cpu.append(cpu_ms(process.pid))
        if len(times) == STARTS:
            urls = "\n".join('url = "%s/api/me"\noutput = /dev/null' % url for _ in range(REQUESTS))
            memory.append(rss_mb(process.pid))
            subprocess.run(["curl", "-sk", "-K", "-", "-H", "X-API-Key: sk_live_" + "x" * 43],
                           input=urls, text=True, check=True)
            memory.append(rss_mb(process.pid))
        process.send_signal(signal.SIGTERM)
        process.wait()
    median = statistics.median(times)
    print("start to listening, page cache %s: median %.0f ms, largest %.0f ms; processor %.0f ms" % (
        "dropped" if dropped else "warm", median, max(times), statistics.median(cpu)))
    print("resident: %.0f MB after the start, %.0f MB after %d requests" % (*memory, REQUESTS))
    return median > START_MS_MAX or max(memory) > RSS_MB_MAX


if len(sys.argv) == 4:
    sys.exit(measure(sys.argv[3]))
with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
    fill(os.path.join(work, "data"))
    sys.exit(measure(os.path.join(work, "data")))
