"""A long job seen three ways, calls beside it, cancelling; notifications; small runs of the proofs
(make jobs-fair, jobs-crash, jobs-long run the large ones). JOBS_ROWS and JOBS_BOOTSTRAP set the size."""
import http.client
import http.server
import hashlib
import hmac
import json
import os
import subprocess
import sys
import threading
import time

from appliance import Appliance, Client, log_csv
from scenario import check, done

ROWS = int(os.environ.get("JOBS_ROWS", 40000))
BOOTSTRAP = int(os.environ.get("JOBS_BOOTSTRAP", 100000))
received = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        received.append((dict(self.headers), text))
        self.send_response(500 if len(received) == 1 else 204)
        self.end_headers()

    def log_message(self, *_):
        pass


receiver = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=receiver.serve_forever, daemon=True).start()
hook_url = f"http://127.0.0.1:{receiver.server_port}/hook"
appliance = Appliance("[workers]\ncount = 2\n[hooks]\nenabled = true\nallow = 127.0.0.0/8\n")
client = Client(appliance, appliance.user("a@example.com", "business"))
status, _, hook = client.call("POST", "/api/hooks", {"url": hook_url, "events": ["job.finished"]})
check("a hook is registered", status == 201 and hook["secret"].startswith("whsec_"), hook)
status, _, answer = client.call("POST", "/api/hooks", {"url": "https://10.0.0.7/"})
check("not for private addresses that the list does not name", status == 403, answer)

small = {"csv_data": log_csv(8, systems=2), "engine": "classic"}


def small_calls(first_seed):
    """Seconds of 30 calls, sorted; no answer comes from the cache."""
    took = []
    for number in range(first_seed, first_seed + 30):
        begin = time.monotonic()
        status, _, answer = client.call("POST", "/api/detect", {**small, "seed": number})
        took.append(time.monotonic() - begin)
        assert status == 200, answer
    return sorted(took)


alone = small_calls(0)
job = client.submit({"csv_data": log_csv(ROWS), "run_bootstrap": True, "n_bootstrap": BOOTSTRAP,
                     "label": "long"})
events = []


def follow():
    connection = http.client.HTTPConnection("127.0.0.1", appliance.port, timeout=120)
    connection.request("GET", f"/api/jobs/{job}", headers={
        "X-API-Key": client.key, "Accept": "text/event-stream",
        **({"Last-Event-ID": str(events[-1][0])} if events else {})})
    answer = connection.getresponse()
    if answer.status != 200:
        events.append((0, answer.status, None))
        return
    number = kind = None
    for line in answer:
        line = line.decode().rstrip("\n")
        if line.startswith("id: "):
            number = int(line[4:])
        elif line.startswith("event: "):
            kind = line[7:]
        elif line.startswith("data: "):
            events.append((number, kind, json.loads(line[6:])))
            if len(events) in (8, 12):
                connection.close()
                return



stream = threading.Thread(target=follow)
stream.start()
seen, tag = [], None
for _ in range(8):
    headers = {"If_None_Match": tag} if tag else {}
    status, answered, answer = client.call("GET", f"/api/jobs/{job}" + ("?wait=10" if tag else ""),
                                           **headers)
    if status == 200:
        tag = answered["ETag"]
        seen.append((answer["state"], answer["progress"] and answer["progress"]["done"]))
        if answer["state"] not in ("queued", "running"):
            break
check("a long poll answers when there is news", len(set(seen)) >= 4, seen)
stream.join(60)
steps = [event[2]["progress"]["done"] for event in events if event[2] and event[2]["progress"]]
check("the stream shows moving progress", len(set(steps)) >= 3 and steps == sorted(steps), steps)
ids = [event[0] for event in events]
check("its ids rise", ids == sorted(set(ids)), ids)
before = ids[-1]
stream = threading.Thread(target=follow)
stream.start()
stream.join(60)
check("a stream that comes back goes on behind Last-Event-ID",
      len(events) > len(ids) and all(event[0] > before for event in events[len(ids):]),
      [event[:2] for event in events])

latencies = small_calls(100)
state = client.call("GET", f"/api/jobs/{job}")[2]
print(f"      8-row detect beside a running job: median {latencies[15] * 1000:.1f} ms, max"
      f" {latencies[-1] * 1000:.1f} ms (alone {alone[15] * 1000:.1f} and {alone[-1] * 1000:.1f} ms);"
      f" the job: {state['progress']}")
# A machine that is busy with other things answers late without any job.
check("an 8-row detect beside it answers within 100 ms",
      state["state"] == "running" and latencies[28] < max(0.1, 5 * alone[28]), latencies)
watch = appliance.cli("job", "watch", job, "--timeout", "2")
check("sleuth job watch says 9 while it runs", watch.returncode == 9 and "bootstrap" in watch.stdout,
      (watch.returncode, watch.stdout, watch.stderr))
begin = time.monotonic()
status, _, _ = client.call("DELETE", f"/api/jobs/{job}")
ended = client.wait(job, 10)
took = time.monotonic() - begin
print(f"      cancelled in {took * 1000:.0f} ms")
check("a cancelled job ends within a second", status == 204 and ended["state"] == "cancelled"
      and took < 1, (status, ended, took))
status, _, _ = client.call("DELETE", f"/api/jobs/{job}")
check("once", status == 409, status)

short = client.submit({**small, "seed": 99})
check("a short job succeeds", client.wait(short)["state"] == "succeeded")
deadline = time.monotonic() + 40
while len(received) < 2 and time.monotonic() < deadline:
    time.sleep(0.1)
check("both ends were told", len(received) >= 2, len(received))
for headers, text in received[:2]:
    stamp, _, rest = headers["Sleuth-Signature"].partition(",")
    expected = hmac.new(hook["secret"].encode(), stamp[2:].encode() + b"." + text,
                        hashlib.sha256).hexdigest()
    event = json.loads(text)
    check("the signature holds", rest == "v1=" + expected and event["id"] == headers["Sleuth-Event-Id"]
          and event["type"] == "job.finished", (headers, text[:100]))
deliveries = []
while time.monotonic() < deadline and not all(row["attempts"] for row in deliveries or [{"attempts": 0}]):
    time.sleep(0.1)
    deliveries = client.call("GET", f"/api/hooks/{hook['id']}/deliveries")[2]["deliveries"]
by_status = sorted((row["status"] or 0, row["attempts"], row["next_attempt_at"] is None)
                   for row in deliveries)
check("a refused one is tried again later", by_status == [(204, 1, True), (500, 1, False)], by_status)
again = client.submit({"csv_data": log_csv(ROWS), "run_bootstrap": True, "n_bootstrap": BOOTSTRAP})
while client.call("GET", f"/api/jobs/{again}")[2]["state"] == "queued":
    time.sleep(0.05)
time.sleep(0.5)
code, took = appliance.stop()
check("a graceful stop does not wait for jobs", code == 0 and took < 5, (code, took))
appliance.start()
state = client.call("GET", f"/api/jobs/{again}")[2]
check("and the job goes on after the start, its attempt not counted",
      state["state"] in ("queued", "running") and state["attempts"] <= 1, state)
client.call("DELETE", f"/api/jobs/{again}")
appliance.stop()
here = os.path.dirname(os.path.abspath(__file__))
for words in (["jobs_fair.py", "60", "6"], ["jobs_crash.py", "4"]):
    print("   --", *words, flush=True)
    run = subprocess.run([sys.executable, os.path.join(here, words[0]), *words[1:]])
    check(" ".join(words), run.returncode == 0)
done()
