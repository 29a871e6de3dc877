"""A small Stripe that keeps state: what the tests and the browser walk pay with.

    fake = StripeFake(secret="whsec_x"); fake.start()        in a test, fake.url is its base
    python3 stripe_fake.py --port 0 --secret whsec_x --webhook https://127.0.0.1:5000/webhook

Keeps checkout sessions, subscriptions, portal sessions, events and prices; replays idempotency keys;
can fail on purpose; signs and delivers webhooks in any order and number. Pages: /c/pay/ID pays with
one button, /p/session/ID changes the plan or cancels. Knows no cards and no real addresses."""
import argparse
import hashlib
import hmac
import html
import json
import ssl
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

VERSION = "2026-10-28.endive"
MONTH = 30 * 86400
PRICES = {"price_pro": ("pro", 4900), "price_business": ("business", 29900)}


def sign(body, secret, at=None, scheme="v1"):
    t = int(time.time() if at is None else at)
    mac = hmac.new(secret.encode(), b"%d." % t + body, hashlib.sha256).hexdigest()
    return f"t={t},{scheme}={mac}"


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


class StripeFake:
    def __init__(self, secret="whsec_test", webhook=None, port=0, key="sk_test_123"):
        self.secret, self.webhook, self.key = secret, webhook, key
        self.lock = threading.RLock()
        self.count = 0
        self.sessions, self.subscriptions, self.customers = {}, {}, {}
        self.portals, self.events, self.idempotent = {}, [], {}
        self.requests = []   # (method, path, sorted pairs, headers in lower case)
        self.faults = []     # dicts: status, should_retry, reset, delay; one per request
        self.delivered = []  # (event id, status) of deliveries
        self.auto_deliver = webhook is not None
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def id(self, prefix):
        self.count += 1
        return f"{prefix}_{self.count}"

    # --- state ---

    def price(self, price_id):
        name, amount = PRICES.get(price_id, ("other", 100))
        return {"id": price_id, "object": "price", "active": True, "lookup_key": name + "_monthly",
                "unit_amount": amount, "currency": "usd", "recurring": {"interval": "month"}}

    def checkout(self, form):
        sid = self.id("cs_test")
        session = {"id": sid, "object": "checkout.session", "mode": form.get("mode"),
                   "status": "open", "payment_status": "unpaid",
                   "client_reference_id": form.get("client_reference_id"),
                   "customer": form.get("customer"), "customer_email": form.get("customer_email"),
                   "subscription": None, "url": f"{self.url}/c/pay/{sid}", "livemode": False,
                   "expires_at": int(time.time()) + 86400, "success_url": form.get("success_url"),
                   "cancel_url": form.get("cancel_url"),
                   "metadata": {"user_id": form.get("metadata[user_id]"),
                                "plan": form.get("metadata[plan]")}}
        session["_price"] = form.get("line_items[0][price]")
        session["_sub_metadata"] = {
            k[len("subscription_data[metadata]["):-1]: v for k, v in form.items()
            if k.startswith("subscription_data[metadata][")}
        self.sessions[sid] = session
        return session

    def subscription(self, customer, price_id, metadata, at=None):
        now = int(at or time.time())
        sub = {"id": self.id("sub"), "object": "subscription", "customer": customer,
               "status": "active", "cancel_at_period_end": False, "cancel_at": None,
               "canceled_at": None, "ended_at": None, "trial_end": None, "created": now,
               "currency": "usd", "livemode": False, "metadata": metadata,
               "items": {"object": "list", "has_more": False, "data": [
                   {"id": self.id("si"), "object": "subscription_item", "quantity": 1,
                    "price": self.price(price_id), "current_period_start": now,
                    "current_period_end": now + MONTH}]}}
        self.subscriptions[sub["id"]] = sub
        return sub

    def invoice(self, sub, paid=True, attempts=1):
        amount = sub["items"]["data"][0]["price"]["unit_amount"]
        return {"id": self.id("in"), "object": "invoice", "customer": sub["customer"],
                "status": "paid" if paid else "open", "amount_due": amount, "currency": "usd",
                "amount_paid": amount if paid else 0, "attempt_count": attempts,
                "billing_reason": "subscription_cycle", "created": int(time.time()),
                "next_payment_attempt": None if paid else int(time.time()) + 86400,
                "hosted_invoice_url": "https://invoice.stripe.com/i/x",
                "period_end": sub["items"]["data"][0]["current_period_end"],
                "parent": {"type": "subscription_details", "quote_details": None,
                           "subscription_details": {"subscription": sub["id"],
                                                    "metadata": sub["metadata"]}}}

    def event(self, kind, obj, at=None, previous=None, deliver=True):
        data = {"object": json.loads(json.dumps({k: v for k, v in obj.items() if k[0] != "_"}))}
        if previous:
            data["previous_attributes"] = previous
        event = {"id": self.id("evt"), "object": "event", "api_version": VERSION,
                 "created": int(at or time.time()), "livemode": False, "pending_webhooks": 1,
                 "request": {"id": None, "idempotency_key": None}, "type": kind, "data": data}
        with self.lock:
            self.events.insert(0, event)
        if deliver and self.auto_deliver:
            threading.Thread(target=self.deliver, args=(event,), daemon=True).start()
        return event

    def complete(self, sid, at=None, deliver=True):
        """The customer paid: four events, in no order that can be relied upon."""
        with self.lock:
            session = self.sessions[sid]
            if session["status"] == "complete":
                return []
            session["customer"] = session["customer"] or self.id("cus")
            sub = self.subscription(session["customer"], session["_price"],
                                    session["_sub_metadata"], at)
            session.update(status="complete", payment_status="paid", subscription=sub["id"])
            return [self.event("customer.subscription.created", sub, at, deliver=deliver),
                    self.event("invoice.paid", self.invoice(sub), at, deliver=deliver),
                    self.event("checkout.session.completed", session, at, deliver=deliver)]

    def change(self, sub_id, at=None, deliver=True, price=None, **members):
        with self.lock:
            sub = self.subscriptions[sub_id]
            if price:
                sub["items"]["data"][0]["price"] = self.price(price)
            sub.update(members)
            kind = "deleted" if members.get("status") == "canceled" else "updated"
            return self.event("customer.subscription." + kind, sub, at, deliver=deliver)

    # --- webhooks ---

    def post(self, body, header, url=None):
        request = urllib.request.Request(url or self.webhook, data=body, headers={
            "Content-Type": "application/json; charset=utf-8", "Stripe-Signature": header})
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        try:
            with urllib.request.urlopen(request, timeout=20, context=context) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError as error:
            return 0, str(error).encode()

    def deliver(self, event, url=None):
        body = compact(event)
        status, answer = self.post(body, sign(body, self.secret), url)
        with self.lock:
            self.delivered.append((event["id"], status))
        return status, answer

    # --- the server ---

    def _handler(fake):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                self.serve("GET", b"")

            def do_DELETE(self):
                self.serve("DELETE", b"")

            def do_POST(self):
                self.serve("POST", self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def answer(self, status, body, kind="application/json", more=()):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("request-id", "req_test_%d" % len(fake.requests))
                for name, value in more:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def error(self, status, kind, message, code=None, more=()):
                self.answer(status, compact({"error": {"type": kind, "code": code,
                                                       "message": message}}), more=more)

            def serve(self, method, body):
                url = urllib.parse.urlsplit(self.path)
                if not url.path.startswith("/v1/"):
                    return self.page(method, url)
                pairs = urllib.parse.parse_qsl(body.decode() if body else url.query,
                                               keep_blank_values=True)
                headers = {k.lower(): v for k, v in self.headers.items()}
                with fake.lock:
                    fake.requests.append((method, url.path, sorted(pairs), headers))
                    fault = fake.faults.pop(0) if fake.faults else None
                if fault and fault.get("delay"):
                    time.sleep(fault["delay"])
                if fault and fault.get("reset"):
                    self.close_connection = True
                    return self.connection.close()
                if fault and fault.get("status"):
                    more = [("stripe-should-retry", fault["should_retry"])] \
                        if "should_retry" in fault else []
                    return self.error(fault["status"], "api_error", "on purpose", more=more)
                if headers.get("authorization") != "Bearer " + fake.key:
                    return self.error(401, "authentication_error", "Invalid API Key provided")
                with fake.lock:
                    self.api(method, url.path, dict(pairs), headers, body)

            def api(self, method, path, form, headers, body):
                key = headers.get("idempotency-key")
                if method == "POST" and key in fake.idempotent:
                    old_body, old_answer = fake.idempotent[key]
                    if old_body != (path, body):
                        return self.error(400, "idempotency_error", "Keys for idempotent requests "
                                          "can only be used with the same parameters")
                    return self.answer(200, old_answer, more=[("idempotent-replayed", "true")])
                obj = self.route(method, path.split("/")[2:], form)
                if obj is None:
                    return self.error(404, "invalid_request_error", "No such object: " + path,
                                      "resource_missing")
                text = compact({k: v for k, v in obj.items() if k[0] != "_"})
                if method == "POST" and key:
                    fake.idempotent[key] = ((path, body), text)
                self.answer(200, text)

            def route(self, method, parts, form):
                name = parts[0]
                if parts == ["checkout", "sessions"] and method == "POST":
                    return fake.checkout(form)
                if parts[:2] == ["checkout", "sessions"]:
                    session = fake.sessions.get(parts[2])
                    if session and form.get("expand[0]") == "subscription":
                        session = dict(session)
                        session["subscription"] = fake.subscriptions.get(session["subscription"])
                    return session
                if parts == ["billing_portal", "sessions"]:
                    pid = fake.id("bps")
                    fake.portals[pid] = {"id": pid, "object": "billing_portal.session",
                                         "customer": form.get("customer"),
                                         "return_url": form.get("return_url"),
                                         "url": f"{fake.url}/p/session/{pid}"}
                    return fake.portals[pid]
                if name == "subscriptions":
                    sub = fake.subscriptions.get(parts[1])
                    if sub and method == "DELETE":
                        fake.change(parts[1], status="canceled", ended_at=int(time.time()))
                    elif sub and method == "POST":
                        fake.change(parts[1], cancel_at_period_end=form.get(
                            "cancel_at_period_end") == "true")
                    return sub
                if name == "prices":
                    return fake.price(parts[1]) if parts[1] in PRICES else None
                if name == "events" and len(parts) == 2:
                    return next((e for e in fake.events if e["id"] == parts[1]), None)
                if name == "events":
                    ids = [e["id"] for e in fake.events]
                    after = form.get("starting_after")
                    begin = ids.index(after) + 1 if after in ids else 0
                    limit = int(form.get("limit", 10))
                    return {"object": "list", "url": "/v1/events",
                            "has_more": begin + limit < len(ids),
                            "data": fake.events[begin:begin + limit]}
                return None

            def page(self, method, url):
                parts = url.path.strip("/").split("/")
                if parts[:2] == ["c", "pay"] and parts[2] in fake.sessions:
                    return self.pay_page(method, fake.sessions[parts[2]])
                if parts[:2] == ["p", "session"] and parts[2] in fake.portals:
                    return self.portal_page(method, fake.portals[parts[2]], url)
                self.answer(404, b"not here", "text/plain")

            def form_page(self, title, buttons, back):
                rows = "".join(f'<button name="do" value="{html.escape(v)}">{html.escape(t)}'
                               f'</button> ' for v, t in buttons)
                self.answer(200, f'<!doctype html><title>{title}</title><h1>{title}</h1>'
                            f'<form method="post" action="?{rows and "go"}">{rows}</form>'
                            f'<a href="{html.escape(back or "/")}">Back</a>'.encode(),
                            "text/html; charset=utf-8")

            def redirect(self, target):
                self.answer(303, b"", more=[("Location", target)])

            def pay_page(self, method, session):
                if method == "POST":
                    fake.complete(session["id"])
                    return self.redirect(session["success_url"].replace("{CHECKOUT_SESSION_ID}",
                                                                       session["id"]))
                self.form_page("Pay (test)", [("pay", "Pay")], session["cancel_url"])

            def portal_page(self, method, portal, url):
                subs = [s for s in fake.subscriptions.values()
                        if s["customer"] == portal["customer"] and s["status"] == "active"]
                if method == "POST" and subs:
                    self.rfile_done = True
                    wanted = portal.get("_next", "price_business")
                    fake.change(subs[-1]["id"], price=wanted)
                    return self.redirect(portal["return_url"])
                self.form_page("Customer portal (test)", [("switch", "Switch to Business")],
                               portal["return_url"])

        return Handler


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret", default="whsec_test")
    parser.add_argument("--webhook", help="where events are delivered as they happen")
    options = parser.parse_args()
    fake = StripeFake(options.secret, options.webhook, options.port)
    print("stripe", fake.url, flush=True)
    fake.server.serve_forever()
