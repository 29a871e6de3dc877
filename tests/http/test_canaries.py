"""Secrets of every kind are made in every way; afterwards none stands where others may look.

Looked through: the log at its most talkative, environment and arguments of the server, the database
and every other file of the data directory but those whose purpose is to hold secrets, a backup, the
support bundle, answers of later requests, and what is left of a crash. Each secret is looked for as
it is, in base64, hexadecimal and percent-encoded. That the search finds anything is shown on the
answers in which each secret was given out.
"""
import base64
import glob
import hashlib
import hmac
import http.client
import json
import os
import re
import resource
import signal
import struct
import subprocess
import time
import urllib.parse

from appliance import Appliance
from scenario import SLEUTH, check, done

os.umask(0o077)
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
secrets = {}  # name: bytes
given = b""   # every answer in which a secret was given out or taken in


def secret(name, value):
    secrets[name] = value if isinstance(value, bytes) else value.encode()
    return value


# --- in files and in the environment ---

NAMED = {"billing.stripe_secret_key": "sk_live_canaryStripeSecret81", "metrics.token": "canary-metrics-81",
         "s3.access_key": "CANARYACCESS81KEY", "s3.secret_key": "canary/s3/secret+81"}
ENVIRONMENT = {"STRIPE_WEBHOOK_SECRET": "whsec_canaryWebhook81", "SLEUTH_ZENODO_TOKEN": "canary-zenodo-81",
               "SLEUTH_S3_SESSION_TOKEN": "canary-session-81"}
for name, value in {**NAMED, **ENVIRONMENT}.items():
    secret(name, value)
os.environ.update(ENVIRONMENT)
appliance = Appliance()
appliance.stop()
config = {"log": ["level = debug", "access = true"], "hooks": ["enabled = true"], "share": ["enabled = true"],
          "auth": ["signup = invite"], "billing": ["mode = stripe"],
          "http": ["public_url = http://127.0.0.1"],
          "outbound": ["proxy = http://me:%s@127.0.0.1:9" % secret("proxy password", "canaryProxy81")],
          "s3": ["endpoint = http://127.0.0.1:9", "bucket = b"]}
for name, value in NAMED.items():
    path = os.path.join(appliance.dir.name, name)
    with open(path, "w") as file:
        file.write(value + "\n")
    section, key = name.split(".")
    config.setdefault(section, []).append(f"{key}_file = {path}")
with open(appliance.config, "w") as file:
    file.write("".join("[%s]\n%s\n" % (section, "\n".join(lines)) for section, lines in config.items()))
appliance.start()


# --- over the sockets and on the command line ---

def call(method, path, body=None, **headers):
    """(status, headers, parsed answer); the answer may hold what is secret."""
    global given
    connection = http.client.HTTPConnection("127.0.0.1", appliance.port, timeout=30)
    text = json.dumps(body) if body is not None else None
    connection.request(method, path, text, {"Content-Type": "application/json", "Host": "127.0.0.1", **headers})
    answer = connection.getresponse()
    got = answer.read()
    given += got + str(answer.headers).encode() + (text or "").encode()
    connection.close()
    return answer.status, answer.headers, json.loads(got) if got[:1] == b"{" else {}


def admin(method, path, body=None):
    global given
    answer = appliance.admin(method, path, body)
    given += json.dumps(answer).encode() + json.dumps(body).encode()
    return answer


def new_password(name):
    return secret(name, "quiet Canary %s 81" % name)


def totp(key, moment):
    digest = hmac.new(key, struct.pack(">Q", int(moment) // 30), hashlib.sha1).digest()
    at = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[at:at + 4])[0] & 0x7fffffff) % 1000000)


def token_in(answer):
    """The token of a link that is shown once."""
    return re.search(r"(?:token=|invite=|#|/)([A-Za-z0-9_-]{20,})\"", json.dumps(answer))[1]


admin_id = admin("POST", "/api/admin/users", {"email": "root@example.com", "plan": "enterprise",
                                               "password": new_password("of an administrator"), "role": "admin"})["id"]
user_id = admin("POST", "/api/admin/users", {"email": "ann@example.com", "plan": "enterprise",
                                              "password": new_password("of a user")})["id"]
key = secret("key of the socket", admin("POST", f"/api/admin/users/{user_id}/keys", {"name": "a"})["key"])
made = appliance.cli("key", "create", "ann@example.com", "--name", "cli")
secret("key of the command line", made.stdout.strip())
given += made.stdout.encode()
password_file = os.path.join(appliance.dir.name, "password")
with open(password_file, "w") as file:
    file.write(new_password("from a file") + "\n")
given += secrets["from a file"]
created = appliance.cli("user", "create", "eve@example.com", "--password-file", password_file)
check("a user is made on the command line", created.returncode == 0, created.stderr)

status, headers, answer = call("POST", "/api/auth/login", {"email": "ann@example.com",
                                                           "password": secrets["of a user"].decode()})
check("signs in", status == 200, answer)
cookie = headers["Set-Cookie"].split(";")[0]
secret("session", cookie.split("=", 1)[1])
browser = {"Cookie": cookie, "X-CSRF-Token": secret("csrf token", answer["csrf_token"])}
status, _, answer = call("POST", "/api/dashboard/keys", {"name": "web"}, **browser)
check("makes a key", status == 201, answer)
secret("key of the dashboard", answer["key"])
status, _, answer = call("POST", f"/api/dashboard/keys/{answer['id']}/rotate", {}, **browser)
check("rotates it", "key" in answer, (status, answer))
secret("key that was rotated", answer["key"])
status, _, answer = call("POST", "/api/auth/password", {"old_password": secrets["of a user"].decode(),
                                                        "new_password": new_password("changed")}, **browser)
check("changes the password", status in (200, 204), answer)
link = admin("POST", f"/api/admin/users/{user_id}/reset-link")
secret("reset token", token_in(link))
status, _, answer = call("POST", "/api/auth/reset", {"token": secrets["reset token"].decode(),
                                                     "password": new_password("reset")})
check("resets the password", status in (200, 204), answer)
link = admin("POST", "/api/admin/invites", {"email": "new@example.com"})
secret("invitation", token_in(link))
status, _, answer = call("POST", "/api/auth/register", {
    "email": "new@example.com", "password": new_password("registered"), "invite": secrets["invitation"].decode()})
check("registers", status in (200, 201, 202), answer)
status, headers, answer = call("POST", "/api/auth/login", {"email": "ann@example.com",
                                                           "password": secrets["reset"].decode()})
cookie = headers["Set-Cookie"].split(";")[0]
secret("second session", cookie.split("=", 1)[1])
browser = {"Cookie": cookie, "X-CSRF-Token": answer["csrf_token"]}
status, _, answer = call("POST", "/api/auth/totp/enable", {"password": secrets["reset"].decode()}, **browser)
check("asks for a second factor", status == 200 and "secret" in answer, answer)
secret("second factor", answer["secret"])
raw = base64.b32decode(answer["secret"] + "=" * (-len(answer["secret"]) % 8))
secret("second factor, raw", raw)
status, _, answer = call("POST", "/api/auth/totp/enable", {"password": secrets["reset"].decode(),
                                                           "code": totp(raw, time.time())}, **browser)
codes = next((value for value in answer.values() if isinstance(value, list)), [])
check("gets recovery codes", len(codes) == 10, answer)
for i, code in enumerate(codes):
    secret(f"recovery code {i}", code)
status, _, answer = call("POST", "/api/hooks", {"url": "https://hooks.example.org/x", "events": ["job.finished"]},
                         **{"X-API-Key": key})
check("makes a webhook", status == 201, answer)
secret("secret of a webhook", answer["secret"])
status, _, answer = call("GET", "/api/callback-secret", **{"X-API-Key": key})
secret("secret of callbacks", answer["secret"])
log = "time_period,algorithm,performance,constraint_x\n1,A,0.7,100\n1,B,0.6,100\n2,A,0.72,110\n2,B,0.63,110\n"
status, _, answer = call("POST", "/api/detect", {"csv_data": log, "engine": "classic"}, **{"X-API-Key": key})
status, _, shared = call("POST", f"/api/analyses/{answer['id']}/share", {}, **{"X-API-Key": key})
check("shares a report", status in (200, 201), shared)
secret("share token", token_in(shared))
call("GET", "/shared/" + secrets["share token"].decode())

# What fails and what is refused must not repeat what was sent.
echoes = b""
for path, body, headers in (
        ("/api/auth/login", {"email": "ann@example.com", "password": secret("wrong password", "canary wrong 81")}, {}),
        ("/api/auth/reset", {"token": secret("wrong token", "canaryWrongToken81canaryWrongToken81"), "password": "x"}, {}),
        ("/api/detect", {"csv_data": log}, {"X-API-Key": secret("wrong key", "sk_live_canaryWrongKey81canaryWrongKey81canaryWrong8")}),
        ("/api/detect", {"csv_data": log}, {"Authorization": "Bearer " + secrets["wrong key"].decode()}),
        ("/api/auth/reauth", {"password": secrets["wrong password"].decode()}, browser)):
    connection = http.client.HTTPConnection("127.0.0.1", appliance.port, timeout=30)
    text = json.dumps(body)
    connection.request("POST", path, text, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    echoes += answer.read() + str(answer.headers).encode()
    given += text.encode() + str(headers).encode()
    connection.close()

# --- the appliance's own, and what was read from files ---

for name in ("master.key", "pepper", "signing.key"):
    with open(os.path.join(appliance.data, "secrets", name), "rb") as file:
        text = file.read().strip()
    given += text
    secret(name, text)
    secret(name + ", raw", bytes.fromhex(text.decode()))
    given += secrets[name + ", raw"]
given += str({**NAMED, **ENVIRONMENT}).encode() + b"canaryProxy81" + secrets["second factor, raw"]

# --- the search ---

def forms(value):
    """As it is and as it may have been encoded; base64 at each of the three offsets."""
    yield value
    yield value.hex().encode()
    yield urllib.parse.quote_from_bytes(value, safe="").encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + value)
        yield encoded[(4 if shift else 0):len(encoded) // 4 * 4 - 4]


def found_in(octets):
    return sorted(name for name, value in secrets.items() if any(len(f) > 7 and f in octets for f in forms(value)))


def read(path):
    with open(path, "rb") as file:
        return file.read()


check("the search finds every secret where it was given (%d)" % len(secrets),
      found_in(given) == sorted(secrets), sorted(set(secrets) - set(found_in(given))))
short = [name for name, value in secrets.items() if len(value) < 8]
check("no secret is too short to be looked for", not short, short)

server = appliance.process.pid
time.sleep(1.5)  # the log is written behind
places = {"log": appliance.errors().encode(),
          "environment": read(f"/proc/{server}/environ"),
          "arguments": read(f"/proc/{server}/cmdline"),
          "answers to wrong secrets": echoes}
check("the log was talkative", places["log"].count(b"\n") > 20, places["log"].count(b"\n"))
check("the environment was read", b"ZENODO" in places["environment"])
bundle = os.path.join(appliance.dir.name, "bundle.json")
appliance.cli("doctor", "--offline", "--bundle", bundle, "--log", os.path.join(appliance.dir.name, "log"))
places["support bundle"] = read(bundle)
places["answers"] = json.dumps([appliance.admin("GET", path) for path in (
    "/api/admin/users", f"/api/admin/users/{user_id}", f"/api/admin/users/{user_id}/keys", "/api/admin/config",
    "/api/admin/audit", "/api/admin/storage", "/api/admin/billing", "/api/host/db")]).encode()
places["configuration on the command line"] = appliance.cli("config", "show").stdout.encode()
backup = os.path.join(appliance.dir.name, "one.backup")
made = appliance.cli("backup", "create", "--output", backup)
check("a backup is made", made.returncode == 0, made.stderr)
places["backup"] = read(backup)


def data_files():
    """All files of the data directory but those that are there to hold secrets."""
    for path in glob.glob(appliance.data + "/**", recursive=True):
        inside = os.path.relpath(path, appliance.data)
        if os.path.isfile(path) and not inside.startswith(("secrets/", "tls/")):
            yield inside, path


for inside, path in data_files():
    places["file " + inside] = read(path)

# --- a crash leaves nothing ---

limits = read(f"/proc/{server}/limits").decode()
check("cores are off though we allow them",
      re.search(r"Max core file size\s+0\s+0", limits) is not None, limits)
before = set(glob.glob("core*") + glob.glob(appliance.dir.name + "/**/core*", recursive=True))
appliance.process.send_signal(signal.SIGSEGV)
code = appliance.process.wait(30)
after = set(glob.glob("core*") + glob.glob(appliance.dir.name + "/**/core*", recursive=True))
check("it died of the signal", code == -signal.SIGSEGV, code)
check("and left no core", before == after, after - before)
places["log after the crash"] = appliance.errors().encode()

bad = {place: names for place, names in ((p, found_in(octets)) for p, octets in places.items()) if names}
check("no secret in any of %d places" % len(places), not bad, bad)
print("figure: %d secrets, %d places with %d bytes, %d hits" % (
    len(secrets), len(places), sum(map(len, places.values())), sum(map(len, bad.values()))))
done()
