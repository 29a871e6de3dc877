"""Buying a plan against a fake Stripe that keeps state, judged by Stripe's own client where npm works."""
import http.client
import json
import os
import signal
import subprocess
import threading
import time
import urllib.parse

from scenario import ROOT, SLEUTH, Server, check, done
from stripe_fake import StripeFake, VERSION, compact, sign

SECRET = "whsec_test_secret"
fake = StripeFake(SECRET).start()
CONFIG = f"""
[billing]
mode = stripe
api_base = {fake.url}
stripe_webhook_secret = whsec_old, {SECRET}
price_pro = price_pro
price_business = price_business
past_due_grace_days = 7
"""
os.environ["STRIPE_SECRET_KEY"] = fake.key  # the plan's name; accepted with a warning
server = Server("--no-tls", config=CONFIG)
fake.webhook = server.url + "/webhook"
DATA = next(os.path.join(server.dir.name, n) for n in server.left_behind())


def cli(*words):
    run = subprocess.run([SLEUTH, *words, "--data", DATA, "-o", "json"], capture_output=True,
                         env={k: v for k, v in os.environ.items() if k != "STRIPE_SECRET_KEY"})
    return run.returncode, json.loads(run.stdout) if run.stdout.strip() else {}


class Client:
    """One signed-in browser."""

    def __init__(self, mail, password):
        self.headers = {}
        status, answer = self.call("POST", "/api/auth/login",
                                   {"email": mail, "password": password})
        assert status == 200, answer
        self.headers = {"Cookie": self.cookie, "X-CSRF-Token": answer["csrf_token"]}
        self.id = answer["user"]["id"]

    def raw(self, method, path, body=None, headers=None):
        conn = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        conn.request(method, path, body, {**self.headers, **(headers or {})})
        answer = conn.getresponse()
        data = answer.read()
        set_cookie = answer.getheader("Set-Cookie")
        if set_cookie:
            self.cookie = set_cookie.split(";")[0]
        conn.close()
        return answer.status, dict(answer.getheaders()), data

    def call(self, method, path, body=None, headers=None):
        kind = {"Content-Type": "application/json"} if body is not None else {}
        status, _, data = self.raw(method, path, json.dumps(body) if body is not None else None,
                                   {**kind, **(headers or {})})
        return status, json.loads(data) if data[:1] in b"{[" else data

    def limit(self):
        return self.call("GET", "/api/limits")[1]["limits"]["per_minute"]


def user(name):
    mail, password = name + "@example.com", "correct horse battery " + name
    path = os.path.join(server.dir.name, "pw")
    with open(path, "w") as file:
        file.write(password + "\n")
    subprocess.run([SLEUTH, "user", "create", mail, "--password-file", path, "--data", DATA],
                   check=True, capture_output=True)
    return Client(mail, password)


# --- buying, the success page, the portal ---

ann = user("ann")
check("a new user has the free limits", ann.limit() == 10, ann.limit())
status, plans = ann.call("GET", "/api/plans")
check("pro and business can be bought",
      [p["id"] for p in plans["plans"] if p["purchasable"]] == ["pro", "business"], plans)
status, answer = ann.call("POST", "/api/billing/checkout", {"plan": "pro"})
check("checkout answers a page to pay on", status == 200 and answer["url"].startswith(fake.url),
      answer)
ours = fake.requests[-1]
sid = answer["session_id"]
status, _, page = ann.raw("GET", "/success?session_id=" + sid)
check("the address alone buys nothing", b"not confirmed" in page and ann.limit() == 10, page)
status, _, page = ann.raw("GET", "/success?session_id=cs_other")
check("an unknown session is nobody's purchase", b"no purchase of yours" in page, page)
fake.auto_deliver = False
events = fake.complete(sid, deliver=False)
status, _, page = ann.raw("GET", "/success?session_id=" + sid)
check("the page reads back and the plan counts at once",
      b"confirmed and the new limits" in page and ann.limit() == 60, page)
for event in events:
    status, _ = fake.deliver(event)
    check("the webhook that comes later is 200: " + event["type"], status == 200)
sub_id = fake.sessions[sid]["subscription"]
status, answer = ann.call("POST", "/api/billing/checkout", {"plan": "business"})
check("a second subscription is refused", status == 409 and answer["code"] == "already_subscribed")
status, answer = ann.call("POST", "/api/billing/portal", {})
check("the portal opens for the customer", status == 200 and "/p/session/" in answer["url"], answer)
portal = fake.requests[-1]

for plan, code in (("enterprise", "contact_sales"), ("gold", "invalid_plan"), ("free", "invalid_plan")):
    status, answer = ann.call("POST", "/api/billing/checkout", {"plan": plan})
    check(f"{plan} cannot be bought: {code}", status == 400 and answer["code"] == code, answer)
status, _, _ = Client.raw(type("A", (), {"headers": {}})(), "POST", "/api/billing/checkout", "{}")
check("without a session 401", status == 401, status)

# --- the portal changes the plan ---

now = time.time() + 5
status, body = fake.deliver(fake.change(sub_id, at=now, price="price_business", deliver=False))
check("upgrade through the portal changes the limits of the next request",
      status == 200 and ann.limit() == 300, (body, ann.limit()))
status, sub = ann.call("GET", "/api/billing/subscription")
check("the subscription says so", (sub["plan"], sub["status"], sub["source"]) ==
      ("business", "active", "stripe"), sub)
fake.deliver(fake.change(sub_id, at=now + 1, price="price_new", deliver=False))
check("an unknown price keeps the plan", ann.limit() == 300)
fake.deliver(fake.change(sub_id, at=now + 2, price="price_business", cancel_at_period_end=True,
                         deliver=False))
status, sub = ann.call("GET", "/api/billing/subscription")
check("cancel at the end of the period keeps the plan until then", ann.limit() == 300 and
      sub["cancel_at_period_end"] and sub["current_period_end"] is not None, sub)
shown = cli("user", "show", "ann@example.com")[1]
check("and it ends with the period", shown["plan_until"] == sub["current_period_end"], shown)
status, invoices = ann.call("GET", "/api/billing/invoices")
check("the invoice is listed", [i["status"] for i in invoices["invoices"]] == ["paid"], invoices)
ended = fake.change(sub_id, at=now + 3, status="canceled", ended_at=int(now), deliver=False)
fake.deliver(ended)
check("deleted: free", ann.limit() in (10, 300))  # ended_at lies 5 s ahead of this clock
shown = cli("user", "show", "ann@example.com")[1]
time.sleep(max(0.0, now + 1 - time.time()))
check("when it has ended, the free limits apply", ann.limit() == 10, ann.limit())

# --- who does not pay ---

ben = user("ben")
meta = {"user_id": str(ben.id), "plan": "pro"}
day = 86400
t0 = int(time.time()) - 8 * day
sub = fake.subscription("cus_ben", "price_pro", meta, at=t0 - 30 * day)
sub["items"]["data"][0]["current_period_end"] = t0 + 60 * day
fake.deliver(fake.event("customer.subscription.created", sub, at=t0 - 30 * day))
check("ben is on pro", ben.limit() == 60)
fake.deliver(fake.event("invoice.payment_failed", fake.invoice(sub, paid=False),
                        at=int(time.time()) - 6 * day))
status, answer = ben.call("GET", "/api/billing/subscription")
check("a failed payment: past due, with grace", answer["status"] == "past_due" and
      answer["grace_until"] and ben.limit() == 60, answer)
fake.deliver(fake.event("invoice.payment_failed", fake.invoice(sub, paid=False), at=t0))
check("failed more than 7 days ago: free", ben.limit() == 10, ben.limit())
fake.deliver(fake.event("invoice.paid", fake.invoice(sub), at=int(time.time()) - 60))
check("paid again: pro again", ben.limit() == 60)

# --- orphans, duplicates, 64 copies at once ---

eve = user("eve")
sub = fake.subscription("cus_eve", "price_pro", {})
status, body = fake.deliver(fake.event("customer.subscription.created", sub))
check("an event without a user waits", b'"orphan":true' in body, body)
code, answer = cli("billing", "link", "eve@example.com", "cus_eve")
check("linked by hand, it is applied", code == 0 and answer["redriven"] == 1 and eve.limit() == 60,
      answer)
event = fake.event("customer.subscription.updated",
                   {**sub, "items": {"data": [{**sub["items"]["data"][0],
                                               "price": fake.price("price_business")}]}},
                   at=time.time() + 2)
answers = []
threads = [threading.Thread(target=lambda: answers.append(fake.deliver(event))) for _ in range(40)]
started = time.monotonic()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
time.sleep(1.1)  # the webhook admits 50 in a second
threads = [threading.Thread(target=lambda: answers.append(fake.deliver(event))) for _ in range(24)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
applied = [a for s, a in answers if s == 200 and b"duplicate" not in a]
check("64 copies at once: one is applied, 63 are duplicates",
      len(answers) == 64 and {s for s, _ in answers} == {200} and len(applied) == 1, answers[:3])
code, audit = cli("audit", "list")
check("and it left one audit record", sum(e["object"] == "event:" + event["id"]
                                          for e in audit["entries"]) == 1)
check("business now", eve.limit() == 300)

# --- signatures: Stripe's client signs, we judge; then the other way round ---

body = compact({"id": "evt_judge", "object": "event", "type": "ping.pong", "created": 1, "livemode":
                False, "data": {"object": {"id": "x", "name": "偏差 é"}}})
NOW = int(time.time())
accepts = {"now": True, "minus_300": True, "plus_290": True, "two_v1": True,
           "unknown_scheme": True, "old": False, "future": False, "v0": False,
           "wrong_secret": False, "upper": False, "two_t": False, "no_t": False, "space": False,
           "empty": False}
JUDGE = os.path.join(ROOT, "tests/stripe")


def node(*words, text=b""):
    return subprocess.run(["node", os.path.join(JUDGE, "judge.mjs"), *words], input=text,
                          capture_output=True, env={**os.environ, "STRIPE_SUPPRESS_NOTICES": "true"})


def judge_available():
    if os.path.isdir(os.path.join(JUDGE, "node_modules/stripe")):
        return True
    try:
        return subprocess.run(["npm", "ci", "--silent"], cwd=JUDGE, capture_output=True,
                              timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


judge = judge_available()
if judge:
    headers = json.loads(node("sign", SECRET, str(NOW), text=body).stdout)
    for name, good in accepts.items():
        if name == "minus_300" and time.time() - NOW > 0.5:
            headers[name] = sign(body, SECRET, time.time() - 299)
        status, answer = fake.post(body, headers[name])
        check(f"signature of Stripe's client, {name}: {'accepted' if good else 'refused'}",
              status == (200 if good else 400), (status, answer))
    status, answer = fake.post(body + b" ", headers["now"])
    check("a changed body is refused, and told without its cause", status == 400 and
          json.loads(answer)["error"] == "Invalid signature", answer)
    fakes = compact({"header": sign(body, SECRET), "body": body.decode()}) + b"\n"
    verdict = node("verify", SECRET, text=fakes).stdout.decode().split()
    check("Stripe's client accepts what the fake signs", verdict == ["accepted"], verdict)

    # The fake satisfies the client; then ours must have sent the same.
    pairs = dict(ours[2])
    params = {"mode": pairs["mode"], "customer_email": pairs["customer_email"],
              "line_items": [{"price": pairs["line_items[0][price]"], "quantity": 1}],
              "success_url": pairs["success_url"], "cancel_url": pairs["cancel_url"],
              "client_reference_id": pairs["client_reference_id"],
              "metadata": {"user_id": pairs["metadata[user_id]"], "plan": "pro"},
              "subscription_data": {"metadata": {"user_id": pairs["metadata[user_id]"],
                                                 "plan": "pro"}}}
    before = len(fake.requests)
    portal_pairs = dict(portal[2])
    run = node("calls", str(urllib.parse.urlsplit(fake.url).port), json.dumps(params),
               portal_pairs["customer"], portal_pairs["return_url"])
    said = json.loads(run.stdout) if run.stdout else {}
    check("the fake satisfies Stripe's client", said.get("same") is True and
          said.get("missing") == "StripeInvalidRequestError resource_missing 404" and
          said.get("price") == 4900, run.stderr.decode()[-300:] or said)
    theirs, their_portal = fake.requests[before], fake.requests[before + 2]
    for name, mine, official in (("checkout", ours, theirs), ("portal", portal, their_portal)):
        check(f"{name}: same method, path and form pairs", mine[:3] == official[:3],
              (mine[:3], official[:3]))
        for header in ("authorization", "stripe-version", "content-type", "accept"):
            check(f"{name}: same {header}", mine[3].get(header) == official[3].get(header),
                  (mine[3].get(header), official[3].get(header)))
        check(f"{name}: idempotency key on both", mine[3].get("idempotency-key") and
              official[3].get("idempotency-key"))
    check("the version is pinned", ours[3]["stripe-version"] == VERSION)
else:
    print("SKIPPED: npm cannot fetch stripe, so Stripe's own client judges nothing here")
    for name, header, good in (("now", sign(body, SECRET), True), ("old", sign(body, SECRET, NOW - 310), False),
                               ("v0", sign(body, SECRET, scheme="v0"), False)):
        check("signature, " + name, fake.post(body, header)[0] == (200 if good else 400))

# --- a provider that fails ---

cat = user("cat")
time.sleep(1)
fake.faults = [{"status": 500}, {"reset": True}]
before = len(fake.requests)
status, answer = cat.call("POST", "/api/billing/checkout", {"plan": "pro"})
tries = fake.requests[before:]
check("two failures are tried again, under one idempotency key", status == 200 and
      len(tries) == 3 and len({t[3]["idempotency-key"] for t in tries}) == 1, (status, len(tries)))
fake.faults = [{"status": 503, "should_retry": "false"}]
status, answer = cat.call("POST", "/api/billing/checkout", {"plan": "pro"})
check("stripe-should-retry: false is obeyed: 502 with Stripe's request id", status == 502 and
      answer["error"] == "Billing provider error" and answer["provider_request_id"], answer)
key = {"Idempotency-Key": "click-12345"}
first = cat.call("POST", "/api/billing/checkout", {"plan": "pro"}, key)
again = cat.call("POST", "/api/billing/checkout", {"plan": "pro"}, key)
check("one click twice is one session", first == again, (first, again))

# --- missed events, and doubt ---

dan = user("dan")
sub = fake.subscription("cus_dan", "price_business", {"user_id": str(dan.id)})
fake.event("customer.subscription.created", sub)  # never delivered
code, answer = cli("billing", "sync")
check("sync fetches events that were missed", code == 0 and answer["applied"] >= 1 and
      dan.limit() == 300, answer)
same = int(time.time()) + 3
fake.deliver(fake.event("customer.subscription.updated", {**sub, "cancel_at_period_end": True}, at=same))
fake.deliver(fake.event("customer.subscription.updated", sub, at=same))
code, answer = cli("billing", "status")
check("two updates of one second are in doubt", answer["in_doubt"] == 1, answer)
code, answer = cli("billing", "sync")
check("reading back settles it", cli("billing", "status")[1]["in_doubt"] == 0 and
      dan.call("GET", "/api/billing/subscription")[1]["cancel_at_period_end"] is False, answer)
code, answer = cli("billing", "plans-check")
check("plans-check finds amounts that fit", code == 0 and
      [p["problem"] for p in answer["plans"]] == ["", "", ""], answer)

# --- kill -9 between effect and reply, then the event comes again ---

fay = user("fay")
sub = fake.subscription("cus_fay", "price_pro", {"user_id": str(fay.id)})
event = fake.event("customer.subscription.created", sub)
thread = threading.Thread(target=fake.deliver, args=(event,), daemon=True)
thread.start()
limit = time.monotonic() + 5
while time.monotonic() < limit and fay.limit() != 60:
    pass
server.process.send_signal(signal.SIGKILL)  # the effect is there, whatever became of the answer
server.process.wait()
with open(os.path.join(server.dir.name, "again.log"), "w") as log:
    second = subprocess.Popen([SLEUTH, "serve", "--no-tls", "--data", DATA, "--listen", "127.0.0.1:%d" %
                               server.port, "--config", os.path.join(server.dir.name, "sleuth.conf")],
                              stdout=subprocess.PIPE, stderr=log, text=True)
    second.stdout.readline()
status, body = fake.deliver(event)
check("sent again after the crash: a duplicate", status == 200 and b'"duplicate":true' in body, body)
check("and applied once", sum(e["object"] == "event:" + event["id"] for e in
                              cli("audit", "list")[1]["entries"]) == 1 and fay.limit() == 60)
check("the secret of the environment is overwritten in memory",
      fake.key.encode() not in open(f"/proc/{second.pid}/environ", "rb").read()
      if os.access(f"/proc/{second.pid}/environ", os.R_OK) else True)

# --- captured events, carried in ---

gus = user("gus")
sub = fake.subscription("cus_gus", "price_pro", {"user_id": str(gus.id)})
old = int(time.time()) - 5 * day
body = compact(fake.event("customer.subscription.created", sub, at=old))
lines = [{"header": sign(body, SECRET, old), "body": body.decode(), "received_at": old + 2},
         {"header": sign(body, SECRET, old), "body": body.decode(), "received_at": old + 2},
         {"header": sign(body, SECRET, old), "body": body.decode(), "received_at": old + 999},
         {"header": sign(body, "whsec_no", old), "body": body.decode(), "received_at": old}]
path = os.path.join(server.dir.name, "events.jsonl")
with open(path, "wb") as file:
    file.write(b"\n".join(compact(line) for line in lines))
code, answer = cli("billing", "import-events", path)
row = answer["imports"][0]
check("captured events: one applied, one duplicate, two refused, exit 3",
      code == 3 and (int(row["applied"]), int(row["duplicate"]), int(row["refused"])) == (1, 1, 2)
      and gus.limit() == 60, (code, answer))

code, answer = cli("billing", "replay", fake.events[0]["id"])
check("a replay of what is known changes nothing", code == 0 and answer["outcome"] in
      ("applied", "stale") and gus.limit() == 60, (code, answer))
code, _ = cli("billing", "replay", "evt_never")
check("what was never heard cannot be replayed: exit 6", code == 6, code)

blank = subprocess.run([SLEUTH, "serve", "--dev", "--no-tls", "--config", "/dev/null"],
                       capture_output=True, env={**os.environ, "SLEUTH_BILLING_MODE": "stripe",
                                                 "STRIPE_WEBHOOK_SECRET": "  "}, timeout=20)
check("a blank webhook secret does not start: exit 5", blank.returncode == 5 and
      b"stripe_webhook_secret is blank" in blank.stderr, blank.stderr)

second.send_signal(signal.SIGTERM)
check("stops in order", second.wait(30) == 0)
fake.stop()
done()
