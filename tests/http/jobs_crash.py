"""kill -9 at random moments under a stream of jobs: every accepted job ends exactly once and is
billed exactly once. jobs_crash.py [KILLS [SEED]]"""
import collections
import http.client
import random
import sys
import threading
import time

from appliance import Appliance, Client, log_csv, numbers
from scenario import check, done

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else 50
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
chance = random.Random(SEED)
appliance = Appliance("[workers]\ncount = 2\n[jobs]\nrunning_max = 2\n")
key = appliance.user("a@example.com", "enterprise")
judge = appliance.user("b@example.com", "enterprise")
csv = log_csv(2000)
accepted = {}
stopping = threading.Event()


def body(number):
    return {"csv_data": csv, "seed": number, "draws": 499, "run_bootstrap": True,
            "n_bootstrap": 3000}


def submit_forever():
    client, number = Client(appliance, key), 0
    while not stopping.is_set():
        number += 1
        try:
            accepted[client.submit(body(number))] = number
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)  # it is down: this one was not acknowledged
        except AssertionError as refused:
            if "draining" not in str(refused) and "429" not in str(refused):
                print("      refused:", str(refused)[:200])
        time.sleep(chance.random() * 0.25)


thread = threading.Thread(target=submit_forever)
thread.start()
slowest = 0
for _ in range(KILLS):
    time.sleep(0.1 + chance.random() * 1.5)
    appliance.kill()
    slowest = max(slowest, appliance.start())
stopping.set()
thread.join()
print(f"figure: {KILLS} kills, {len(accepted)} jobs accepted, slowest restart {slowest:.2f} s")


def all_jobs():
    rows, cursor = [], ""
    while True:
        page = appliance.admin("GET", "/api/admin/jobs?limit=200" + cursor)
        rows += page["jobs"]
        if not page["next_cursor"]:
            return {job["id"]: job for job in rows}
        cursor = "&cursor=" + page["next_cursor"]


deadline = time.monotonic() + 240
jobs = all_jobs()
while any(job["state"] in ("queued", "running") for job in jobs.values()):
    if time.monotonic() > deadline:
        break
    time.sleep(0.5)
    jobs = all_jobs()
states = collections.Counter(job["state"] for job in jobs.values())
print(f"figure: {len(jobs)} jobs: {dict(states)}, attempts "
      f"{dict(collections.Counter(job['attempts'] for job in jobs.values()))}")
check("nothing acknowledged is lost", all(job in jobs for job in accepted),
      [job for job in accepted if job not in jobs][:3])
check("every job has ended", set(states) <= {"succeeded", "failed"}, states)
check("jobs fail for no other reason than three crashes",
      all(job["error"]["code"] == "attempts" for job in jobs.values() if job["state"] == "failed"))
ends = collections.Counter()
cursor = ""
while True:
    page = appliance.admin("GET", "/api/admin/audit?limit=200" + cursor)
    rows = page.get("entries") or page.get("audit") or page.get("records") or []
    for entry in rows:
        ends[entry["object"]] += entry["action"] == "job.end"
    if not page["next_cursor"]:
        break
    cursor = "&cursor=" + page["next_cursor"]
check("each ended exactly once", all(ends[job] == 1 for job in jobs),
      {job: ends[job] for job in jobs if ends[job] != 1})
client = Client(appliance, key)
usage = client.call("GET", "/api/limits")[2]["counters"]["analyses"]
check("each that succeeded was billed exactly once, nothing is reserved any more",
      usage["used"] == states["succeeded"], (usage, states))
verify = appliance.cli("usage", "verify", "-o", "json")
check("the sums agree", verify.returncode == 0, verify.stdout + verify.stderr)
again = [job for job in accepted if jobs.get(job, {}).get("attempts", 0) > 1
         and jobs[job]["state"] == "succeeded"][:5]
other = Client(appliance, judge)
same = [numbers(client.call("GET", f"/api/jobs/{job}/result")[2])
        == numbers(other.call("POST", "/api/detect", body(accepted[job]))[2]) for job in again]
print(f"      {len(again)} jobs that began more than once were computed again")
check("a job that began again gives the same bits", all(same), same)
code, _ = appliance.stop()
check("stops in order", code == 0, (code, appliance.errors()[-400:]))
offline = appliance.cli("db", "check")
check("the database is sound", offline.returncode == 0, offline.stdout + offline.stderr)
done()
