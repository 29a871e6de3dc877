"""Bodies that are made to hurt: deep, long, wide, quoted, packed. Each is refused or read within
bounds: memory grows by less than twice what was sent (three times for tables) and 32 MiB, time
grows with length, and the server answers others afterwards."""
import gzip
import http.client
import json
import os
import subprocess
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance
from scenario import check, done
from crowd import counted, cpu_s, memory_mib

MIB = 1 << 20
BODY = 15 * MIB  # one request carries 16 MiB at most; beyond that the connection is closed
server = Appliance()
key = server.user("a@example.com", "enterprise")
server.admin("PATCH", "/api/admin/users/1", {"per_minute": 100000})
pid = server.process.pid
statuses = []


def post(path, body, **headers):
    """(status, CPU seconds of the server)"""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    before = cpu_s(pid)
    try:
        connection.request("POST", path, body, {"X-API-Key": key, **{k.replace("_", "-"): v for k, v in headers.items()}})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        status = 0  # cut while it was still sending: the answer may be lost
    connection.close()
    statuses.append(status)
    return status, cpu_s(pid) - before


def grown(name, calls, most_mib, allowed):
    """Runs the calls; how much the peak of memory rose, against what may be."""
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")  # forgets the peak
    before = memory_mib(pid)
    got = [call() for call in calls]
    rise = memory_mib(pid, "VmHWM") - before
    check(f"{name}: {sorted(allowed)}", {status for status, _ in got} <= allowed, counted([s for s, _ in got]))
    check(f"{name}: memory grows by less than {most_mib:.0f} MiB", rise < most_mib, f"{rise:.0f} MiB")
    return rise


def as_json(text):
    return lambda: post("/api/detect", text, Content_Type="application/json")


def as_csv(text):
    return lambda: post("/api/detect?engine=classic", text, Content_Type="text/csv")


post("/api/detect", b'{"csv_data":"x"}', Content_Type="application/json")  # what is made once is made
rises = {}
rises["JSON"] = grown("JSON", [as_json(text) for text in (
    b"[" * 100000, b'{"a":' * 100000, b"[" * BODY, b'{"csv_data":' + b"[" * (BODY - 20),
    b'{"csv_data":"' + b"x" * (10 * MIB) + b'"}', b'{"seed":1e999}', b'{"seed":' + b"9" * 100000 + b"}",
    b'{"csv_data":"\\ud800"}', b'{"csv_data":"\xff\xfe"}', b'{"csv_data":"a","csv_data":"b"}',
    b'{"a":1,' * 10 + b"}", b'{' + b",".join(b'"k%d":1' % i for i in range(100000)) + b"}",
    b'"' + b"\\u0000" * 100000 + b'"', b"")], 2 * 15 + 32, {400, 413, 422})

HEAD = b"time_period,algorithm,performance,constraint_x\n"
wide = b",".join(b"c%d" % i for i in range(1000000)) + b"\n" + b"1," * 999999 + b"1\n"
rises["CSV"] = grown("CSV", [as_csv(text) for text in (
    HEAD + b"x" * (BODY - 100), HEAD + b'"' + b"x" * (BODY - 100), wide[:BODY], HEAD + b'"' * (BODY - 100),
    HEAD + b'""""' * (BODY // 4 - 20), HEAD + b'1,A,"0.5\n' * (BODY // 10), HEAD + b"\n" * (BODY - 100),
    HEAD + b"," * (BODY - 100), HEAD + b'1,"' + b'""' * (BODY // 2 - 100) + b'",0.5,1\n')], 3 * 15 + 32, {400, 413, 422})

# --- time is linear: four times as long is far from sixteen times the processor time ---

worst = 0
for name, line in {"quotes": b'1,"a""b",0.5,1\n', "one open quote": b"x", "commas": b",", "lines": b"\n",
                   "nested JSON text": b"[", "escapes": b"\\u00e9"}.items():
    took = []
    for size in (4 * MIB, BODY - 200):
        if name in ("nested JSON text", "escapes"):
            text, kind = b'{"csv_data":"' + line * (size // len(line)) + b'"}', as_json
        else:
            text, kind = HEAD + (b'"' if name == "one open quote" else b"") + line * (size // len(line)), as_csv
        took.append(min(kind(text)()[1] for _ in range(2)))
    ratio = took[1] / max(took[0], 0.02)
    worst = max(worst, ratio)
    check(f"{name}: time is linear", ratio < 8, took)

# --- packed ---

zeros = zlib.compressobj(9, zlib.DEFLATED, 31)
member = zeros.compress(bytes(BODY)) + zeros.flush()
bombs = {"gzip of 10 GB in 640 members": ("gzip", member * 640), "gzip of 16 MiB of zeros": ("gzip", member),
         "gzip in gzip": ("gzip", gzip.compress(member * 640)), "cut gzip": ("gzip", member[:-9]),
         "gzip with junk behind": ("gzip", member + b"junk" * 1000)}
for tool, name in (("brotli", "br"), ("zstd", "zstd")):
    packed = subprocess.run(["sh", "-c", f"command -v {tool} >/dev/null && head -c 1000000000 /dev/zero | {tool} -c"],
                            capture_output=True).stdout
    if packed:
        bombs[f"{name} of 1 GB"] = (name, packed)
sent = max(len(body) for _, body in bombs.values()) / MIB
rises["packed"] = grown("bombs", [
    lambda encoding=encoding, body=body: post("/api/detect", body, Content_Type="text/csv", Content_Encoding=encoding)
    for encoding, body in bombs.values()], 2 * max(15, sent) + 32, {400, 413, 415, 422})
check("whoever comes next is served", post("/api/detect?engine=classic", HEAD + b"1,A,0.7,1\n1,B,0.6,1\n2,A,0.7,2\n2,B,0.6,2\n",
      Content_Type="text/csv")[0] == 200)
check("stops in order", server.stop()[0] == 0)
check("nothing was logged as an error", "level=error" not in server.errors(), server.errors()[:500])
print(f"figure: {len(statuses)} bodies, answers {counted(statuses)}; memory +" +
      ", +".join(f"{rise:.0f} MiB ({name})" for name, rise in rises.items()) +
      f"; four times the length took at most {worst:.1f} times the processor time; bombs: {', '.join(bombs)}")
done()
