"""POST /api/datasets/import by an administrator's session: bundles as body and as uploaded file."""
import hashlib
import json
import os
import subprocess

from scenario import SLEUTH, Server, check, done
from zenodo_fake import LOG, Fake

PASSWORD = "tulip brick ferry nine"
JSON = ("-H", "Content-Type: application/json", "-d")
TAR = ("-H", "Content-Type: application/x-tar", "--data-binary")

fake = Fake()
server = Server("--no-tls", config="[zenodo]\nmode = offline\n[datasets]\ntotal_mib = 1\n")
data = os.path.join(server.dir.name, server.left_behind()[0])
os.makedirs(os.path.join(server.dir.name, "large"))
online = os.path.join(server.dir.name, "online.conf")
with open(online, "w") as file:
    file.write("[zenodo]\nbase_url = %s\n" % fake.url)
bundle = os.path.join(server.dir.name, "one.sleuthpack")
run = subprocess.run([SLEUTH, "dataset", "fetch", "zenodo://1002", "--files", "*.csv", "--output", bundle,
                      "--config", online], capture_output=True, text=True)
check("a bundle is packed", run.returncode == 0, run.stderr)
with open(bundle, "rb") as file:
    whole = file.read()


def login(email, password):
    """Header flags of a session."""
    status, headers, body = server.curl("/api/auth/login", *JSON, json.dumps({"email": email, "password": password}))
    if status != 200:
        return ()
    return ("-H", "Cookie: " + headers["set-cookie"].split(";")[0],
            "-H", "X-CSRF-Token: " + json.loads(body)["csrf_token"])


def ask(path, *flags):
    status, _, body = server.curl(path, *flags)
    return status, json.loads(body) if body[:1] in (b"{", b"[") else body


def listed():
    return ask("/api/datasets", "-H", "X-API-Key: " + server.key)[1]["datasets"]


admin = login(server.said["admin"], server.said["password"])
check("the administrator is signed in", admin != ())
status, body = ask("/api/admin/users", *admin, *JSON,
                   json.dumps({"email": "u@example.com", "password": PASSWORD, "plan": "pro"}))
check("somebody else gets an account", status == 201, (status, body))
user = login("u@example.com", PASSWORD)

# --- who may not ---

whose = [("nobody", (), 401), ("a key", ("-H", "X-API-Key: " + server.key), 401), ("another role", user, 403),
         ("a session without its token", admin[:2], 403)]
for who, flags, wanted in whose:
    status, body = ask("/api/datasets/import", *flags, *TAR, "@" + bundle)
    check("%s may not import" % who, status == wanted, (status, body))
check("nothing came in", listed() == [], listed())

# --- what is refused ---

status, body = ask("/api/datasets/import", *admin, *JSON, '{"file_id":"fil_none"}')
check("no such file", (status, body["code"]) == (404, "file_not_found"), (status, body))
flipped = bytearray(whole)
flipped[whole.index(LOG[:30]) + 20] ^= 1
damaged = os.path.join(server.dir.name, "damaged.sleuthpack")
with open(damaged, "wb") as file:
    file.write(flipped)
status, body = ask("/api/datasets/import", *admin, *TAR, "@" + damaged)
check("a changed file", status >= 400 and body["code"] == "checksum_mismatch", (status, body))
with open(damaged, "wb") as file:
    file.write(whole[:len(whole) // 2])
status, body = ask("/api/datasets/import", *admin, *TAR, "@" + damaged)
check("half a bundle", status >= 400 and body["code"] == "bundle_invalid", (status, body))
status, body = ask("/api/datasets/import", *admin, "-H", "Content-Type: text/csv", "--data-binary", "a,b")
check("a CSV is no bundle", status in (400, 415), (status, body))
check("still nothing", listed() == [] and not [n for n in os.listdir(os.path.join(data, "spool")) if n[:3] != "up-"],
      listed())

# --- what comes in ---

status, body = ask("/api/datasets/import", *admin, *TAR, "@" + bundle)
check("the bundle as body", status == 200 and len(body["imported"]) == 2 and not body["trusted"], (status, body))
check("it is said that nobody signed it", bool(body["warning"]), body)
check("its files are there", {row["sha256"] for row in listed()} >= {hashlib.sha256(LOG).hexdigest()}, listed())
status, body = ask("/api/datasets/import", *admin, *TAR, "@" + bundle)
check("the same again changes nothing", status == 200 and len(listed()) == 2, (status, body))
status, body = ask("/api/analyze_zenodo", "-H", "X-API-Key: " + server.key, *JSON,
                   '{"record_id":"1002","file_key":"eval v1.csv","draws":199}')
check("and can be analysed offline", status == 200 and body["source_data"]["sha256"]
      == hashlib.sha256(LOG).hexdigest(), (status, body))
status, body = ask("/api/files?name=b.sleuthpack", *admin, "-H", "Content-Type: application/octet-stream",
                   "--data-binary", "@" + bundle)
check("the bundle as a file", status == 201, (status, body))
order = {"file_id": body.get("id", "")}
for more, wanted, code in [({"dry_run": True}, 200, None), ({"require_signature": True}, 403, "signature_required"),
                           ({}, 200, None), ({"name": "a/b"}, 400, "invalid_field"), ({"x": 1}, 400, None)]:
    status, body = ask("/api/datasets/import", *admin, *JSON, json.dumps({**order, **more}))
    check("import of a file with %s: %d" % (more, wanted), status == wanted and code in (None, body.get("code")),
          (status, body))
status, body = ask("/api/admin/audit", *admin)
check("the imports are in the audit log", status == 200 and "dataset.import" in json.dumps(body), (status, body))

# --- all together have a limit ---

with open(os.path.join(server.dir.name, "large/log.csv"), "w") as file:
    file.write("time_period,algorithm,performance,constraint_compute\n")
    file.writelines("%d,A,0.%06d,%d\n" % (i, i, i) for i in range(50000))
large = os.path.join(server.dir.name, "large.sleuthpack")
run = subprocess.run([SLEUTH, "dataset", "pack", os.path.join(server.dir.name, "large"), "--output", large],
                     capture_output=True, text=True)
check("a large bundle is packed", run.returncode == 0 and os.path.getsize(large) > 1 << 20, run.stderr)
status, body = ask("/api/datasets/import", *admin, *TAR, "@" + large)
check("beyond datasets.total_mib", (status, body["code"]) == (507, "datasets_full"), (status, body))
check("and it is not there", len(listed()) == 2, listed())
check("ends in time", server.stop()[0] == 0)
fake.stop()
done()
