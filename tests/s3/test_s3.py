"""Copies in S3: who is refused, S3 down, kill -9, the official SDK, damage, garbage."""
import hashlib
import json
import os
import signal
import subprocess
import time

import bucket
from bucket import DATA, S3, Gate, Serve, begin, cli, config, key_of, until
from scenario import check, done


def sdk(*words):
    run = subprocess.run(["node", os.path.join(S3, "sdk.mjs"), gate.url, *words], capture_output=True, text=True)
    return run.stdout.strip()


gate = begin()

# --- who is refused ---

code, out, err = cli("storage", "check", "-o", "json")
check("the bucket can be used", code == 0 and json.loads(out)["reachable"], (out, err))
for name, more, what in [("secret", {"secret_key": "x" * 40}, "credentials"),
                         ("id", {"access_key": "AKIDOTHER"}, "credentials"),
                         ("region", {"region": "eu-west-1"}, "region 'us-east-1'"),
                         ("bucket", {"bucket": "other"}, "no such bucket")]:
    bad = cli("storage", "check", conf=config(name, **more))
    check("wrong %s is refused, and why" % name, bad[0] == 5 and what in bad[2], bad)
gate.ask("/_skew?s=1200")
bad = cli("storage", "check")
check("a clock that is 20 minutes off is refused", bad[0] == 5 and "our clock" in bad[2], bad)
gate.ask("/_skew?s=0")
for method in ("GET", "PUT", "DELETE"):
    run = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", method,
                          gate.url + "/testb/x"], capture_output=True, text=True)
    check("anonymous %s is refused" % method, run.stdout == "403", run.stdout)
check("each for its reason", {"SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthorizationHeaderMalformed",
                              "RequestTimeTooSkewed", "AccessDenied"} <= set(gate.ask("/_refused", "GET")),
      gate.ask("/_refused", "GET"))

# --- S3 down during 100 uploads ---

port = gate.port
gate.stop()
server = Serve()
bodies = [b"a,b\n%d,2\n" % i for i in range(100)]
statuses = [server.upload("f%d.csv" % i, body)[0] for i, body in enumerate(bodies)]
check("100 uploads while S3 is down", statuses == [201] * 100, statuses)
gate = Gate(port)
check("all 100 arrive later", until(lambda: all(key_of(b) in gate.objects() for b in bodies)),
      len(gate.objects()))

# --- kill -9 between the answer and the copy ---

gate.ask("/_fail?n=100000&how=slow")
more = [b"x,y\n%d,3\n" % i for i in range(10)]
statuses = [server.upload("g%d.csv" % i, body)[0] for i, body in enumerate(more)]
large = os.urandom(12 << 20)
statuses.append(server.upload("large.bin", large)[0])
check("uploads while S3 is slow", statuses == [201] * 11, statuses)
server.stop(signal.SIGKILL)
gate.ask("/_fail?n=3&how=cut")
server = Serve()
check("all arrive after kill -9 and a restart",
      until(lambda: all(key_of(b) in gate.objects() for b in more + [large])), len(gate.objects()))
code, out, err = cli("storage", "check", "-o", "json")
check("nothing waits any more", until(lambda: json.loads(cli("storage", "check", "-o", "json")[1])["pending"] == 0, 20),
      (out, err))
check("the server stops in order", server.stop() == 0)

# --- the official SDK reads what we wrote ---

check("the SDK reads a small object", sdk("get", key_of(bodies[7])) == hashlib.sha256(bodies[7]).hexdigest())
check("and one in three parts", sdk("get", key_of(large)) == hashlib.sha256(large).hexdigest())
check("and lists them", len(json.loads(sdk("list", "p/") or "[]")) > 0)
code, out, err = cli("storage", "link", hashlib.sha256(large).hexdigest())
run = subprocess.run(["curl", "-s", out.strip()], capture_output=True)
check("a presigned link gives the bytes", run.stdout == large, (code, err, run.stdout[:200]))
changed = out.strip()[:-1] + ("0" if out.strip()[-1] != "0" else "1")
run = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", changed],
                     capture_output=True, text=True)
check("a changed link does not", run.stdout == "403", run.stdout)

# --- a flipped bit, a missing object ---

gate.ask("/_flip?key=" + key_of(bodies[3]))
check("the object is damaged", gate.objects()[key_of(bodies[3])]["sha256"] not in key_of(bodies[3]))
sdk("delete", key_of(bodies[4]))
code, out, err = cli("storage", "sync", "--verify", "-o", "json")
row = json.loads(out)["storage"][0]
check("both are found and copied again", code == 0 and int(row["repaired"]) == 2, (out, err))
check("and right again", gate.objects()[key_of(bodies[3])]["sha256"] in key_of(bodies[3])
      and key_of(bodies[4]) in gate.objects())

# --- what is damaged or missing here comes back from there ---


def blob_path(body):
    name = hashlib.sha256(body).hexdigest()
    return os.path.join(DATA, "blobs", name[:2], name[2:4], name)


with open(blob_path(bodies[5]), "r+b") as file:
    file.write(b"X")
os.unlink(blob_path(large))
code, out, err = cli("storage", "sync", "--verify", "-o", "json")
row = json.loads(out)["storage"][0]
check("sync restores both", code == 0 and (int(row["restored"]), int(row["unreadable"])) == (2, 0), (out, err))
check("with the right bytes", open(blob_path(bodies[5]), "rb").read() == bodies[5]
      and open(blob_path(large), "rb").read() == large)
server = Serve()
status, text = server.upload("again.csv", bodies[6] + b"7,8\n")
file_id = json.loads(text)["id"]
check("one more file is copied", until(lambda: key_of(bodies[6] + b"7,8\n") in gate.objects()))
os.unlink(blob_path(bodies[6] + b"7,8\n"))
content = ["curl", "-s", "-m", "20", "-H", "X-API-Key: " + bucket.key, server.url + "/api/files/%s/content" % file_id]
subprocess.run(content, capture_output=True)
check("a reader's finding is enough: it comes back by itself", until(
    lambda: subprocess.run(content, capture_output=True).stdout == bodies[6] + b"7,8\n", 30))

# --- backups ---

code, out, err = cli("backup", "create")
names = [n for n in os.listdir(os.path.join(DATA, "backups")) if n.endswith(".backup")]
check("a backup is made", code == 0 and len(names) == 1, (code, out, err, names))
path = os.path.join(DATA, "backups", names[0])
os.utime(path, (time.time() - 60, time.time() - 60))  # nobody writes to it any more
with open(path, "rb") as file:
    whole = file.read()
name = "p/backups/" + os.path.basename(path)
# Two of one day of a month long ago: 12 months are kept, one of each.
old = ["p/backups/sleuth-20200105T0%d0000.000Z.backup" % hour for hour in (1, 2)] + ["p/backups/by-hand.backup"]
for key_ in old:
    gate.ask("/_drop?key=" + key_)
server.upload("wake.csv", b"a,b\n9,9\n")
check("it is copied", until(lambda: name in gate.objects(), 70), list(gate.objects())[-3:])
check("the SDK reads the same bytes", sdk("get", name) == hashlib.sha256(whole).hexdigest())
check("copies beyond backup.keep_daily go, the newest of each day stays", until(
    lambda: old[0] not in gate.objects() and set(old[1:]) <= set(gate.objects()), 20), list(gate.objects())[-12:])
code, out, err = cli("storage", "gc", "--yes", "-o", "json")
check("gc leaves it alone", code == 0 and name in gate.objects(), (out, err))
with open(os.path.join(bucket.work.name, "from-s3.backup"), "wb") as file:
    file.write(whole)
code, out, err = cli("backup", "verify", file.name)
check("and it is a whole backup", code == 0, (out, err))
check("the server stops in order", server.stop() == 0)

# --- garbage ---

stray = key_of(b"nobody's")
gate.ask("/_drop?key=" + stray)
gate.ask("/_drop?key=p/other.txt")
gate.ask("/_upload?key=" + stray)
code, out, err = cli("storage", "gc", "--dry-run", "-o", "json")
check("a dry run deletes nothing", code == 0 and stray in gate.objects(), (out, err))
code, out, err = cli("storage", "gc", "--yes", "-o", "json")
check("garbage goes", code == 0 and stray not in gate.objects(), (out, err))
check("what is not named like ours stays", "p/other.txt" in gate.objects())
check("so do the copies", all(key_of(b) in gate.objects() for b in bodies + more))
check("unfinished uploads are aborted", gate.ask("/_objects", "GET")["uploads"] == 0)
gate.stop()
bad = cli("storage", "check")
check("S3 down: exit code 8", bad[0] == 8, bad)
done()
