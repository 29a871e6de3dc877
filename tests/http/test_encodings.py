"""Packed request bodies: gzip, br, zstd; bombs, damage, unknown encodings, Content-Digest."""
import base64
import gzip
import hashlib
import json
import os
import subprocess

from installed import Installed
from scenario import check, done

A = "a@example.com"
server = Installed({A: "enterprise"})
LOG = "time_period,algorithm,performance,constraint_compute\n" + "".join(
    "%d,model-%d,0.%d,%d\n" % (t, m, 500 + (t * 7 + m * 3) % 100, 100 + t % 3)
    for t in range(60) for m in range(3))
BODY = json.dumps({"csv_data": LOG, "engine": "classic"}).encode()


def pack(name, data):
    if name == "gzip":
        return gzip.compress(data)
    command = {"br": ["brotli", "-c"], "zstd": ["zstd", "-qc"]}[name]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def send(path, data, encoding, more=None, kind="application/json"):
    status, headers, body = server.call("POST", path, A, data, {
        "Content-Type": kind, "Content-Encoding": encoding, **(more or {})})
    return status, headers, json.loads(body)


status, plain = server.json("POST", "/api/detect", A, json.loads(BODY))
check("the plain body is analysed", status == 200, plain)
for name in ("gzip", "br", "zstd"):
    status, _, answer = send("/api/detect", pack(name, BODY), name)
    check(name + " gives the same", status == 200 and answer["input_sha256"] ==
          plain["input_sha256"] and answer["from_cache"], answer)
    status, _, answer = send("/api/validate", pack(name, LOG.encode()), name, kind="text/csv")
    check(name + " of CSV", status == 200 and answer["data_stats"]["num_rows"] == 180, answer)
    packed = pack(name, BODY)
    status, _, answer = send("/api/detect", packed[:-3], name)
    check(name + " that is cut is refused", (status, answer["code"]) == (400, "invalid_encoding"), answer)
    bomb = pack(name, b"\0" * (40 << 20))
    status, _, answer = send("/api/detect", bomb, name)
    check("a bomb of %s (%d bytes for 40 MiB) is refused" % (name, len(bomb)),
          (status, answer["code"]) == (413, "decoded_too_large"), answer)
    random = pack(name, os.urandom(12 << 20) + b"\0" * (6 << 20))
    status, _, answer = send("/api/detect", random, name)
    check("more than 16 MiB unpacked by %s as well" % name,
          (status, answer["code"]) == (413, "decoded_too_large"), answer)
for name in ("deflate", "gzip, br", "aes128gcm"):
    status, headers, answer = send("/api/detect", BODY, name)
    check("'%s' is refused" % name, (status, answer["code"]) == (415, "unsupported_encoding") and
          "zstd" in headers.get("accept-encoding", ""), (status, headers, answer))
status, _, answer = send("/api/detect", BODY, "identity")
check("identity is no encoding", status == 200, answer)
packed = pack("gzip", LOG.encode())
digest = base64.b64encode(hashlib.sha256(packed).digest()).decode()
status, _, answer = send("/api/files?name=log.csv", packed, "gzip",
                         {"Content-Digest": "sha-256=:%s:" % digest}, "text/csv")
check("a digest is that of the packed body", status == 201 and
      answer["sha256"] == hashlib.sha256(LOG.encode()).hexdigest(), answer)
digest = base64.b64encode(hashlib.sha256(LOG.encode()).digest()).decode()
status, _, answer = send("/api/files?name=log.csv", packed, "gzip",
                         {"Content-Digest": "sha-256=:%s:" % digest}, "text/csv")
check("and not of what is in it", (status, answer["code"]) == (422, "digest_mismatch"), answer)
status, _, answer = send("/api/files?name=none.csv", b"", "gzip", kind="text/csv")
check("nothing at all needs no unpacking", status == 201 and answer["size"] == 0, answer)
hwm = server.memory()[0]
check("one decoded copy: at most 150 MiB resident", hwm < 150, hwm)
status, _, _ = server.call("GET", "/api/files", None, headers={"Content-Encoding": "gzip"})
check("credentials come first", status == 401, status)
check("ends in time", server.stop() == 0)
done()
