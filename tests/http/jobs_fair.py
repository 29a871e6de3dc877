"""Many jobs of many users on two workers: nobody starves, and every answer is the synchronous one.
jobs_fair.py [JOBS [USERS]]"""
import concurrent.futures
import datetime
import sys
import time

from appliance import Appliance, Client, log_csv, numbers
from scenario import check, done

JOBS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
USERS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
appliance = Appliance("[workers]\ncount = 2\n")
keys = [appliance.user(f"u{i}@example.com", "business") for i in range(USERS)]
judge = Client(appliance, appliance.user("judge@example.com", "enterprise"))
csv = log_csv(200)


def body(number):
    return {"csv_data": csv, "seed": number, "draws": 199}


def submit_all(user):
    client = Client(appliance, keys[user])
    return [(number, client.submit(body(number))) for number in range(user, JOBS, USERS)]


begin = time.monotonic()
with concurrent.futures.ThreadPoolExecutor(USERS) as pool:
    submitted = list(pool.map(submit_all, range(USERS)))
clients = [Client(appliance, key) for key in keys]
for user, client in enumerate(clients):
    for _, job in submitted[user][-1:]:
        client.wait(job, 600)


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


rows, waits, last_end = {}, [], []
for client in clients:
    mine = client.call("GET", "/api/jobs?limit=200")[2]["jobs"]
    deadline = time.monotonic() + 120
    while any(job["state"] in ("queued", "running") for job in mine) and time.monotonic() < deadline:
        time.sleep(0.5)
        mine = client.call("GET", "/api/jobs?limit=200")[2]["jobs"]
    rows.update({job["id"]: job for job in mine})
    waits.append([when(job["started_at"]) - when(job["created_at"]) for job in mine])
    last_end.append(max(when(job["finished_at"]) for job in mine))
seconds = time.monotonic() - begin
check(f"{JOBS} jobs of {USERS} users succeeded",
      len(rows) == JOBS and all(job["state"] == "succeeded" for job in rows.values()),
      [job for job in rows.values() if job["state"] != "succeeded"][:1])
every = [wait for mine in waits for wait in mine]
means = [sum(mine) / len(mine) for mine in waits]
mean = sum(every) / len(every)
print(f"      {JOBS} jobs in {seconds:.1f} s; wait: mean {mean:.2f} s, max {max(every):.2f} s,"
      f" max/mean {max(every) / max(mean, 1e-3):.2f}; mean per user {min(means):.2f}"
      f" to {max(means):.2f} s; last ends within {max(last_end) - min(last_end):.2f} s")
check("nobody starves: no wait is longer than three times the mean",
      max(every) <= max(3 * mean, 1), max(every) / max(mean, 1e-3))
check("every user is served alike: their mean waits differ by less than half",
      max(means) - min(means) <= max(0.5 * max(means), 1), (min(means), max(means)))
wrong = 0
for user, client in enumerate(clients):
    for number, job in submitted[user]:
        status, _, report = client.call("GET", f"/api/jobs/{job}/result")
        for _ in range(3):
            if status != 429:
                break
            time.sleep(21)
            status, _, report = client.call("GET", f"/api/jobs/{job}/result")
        sync_status, headers, sync = judge.call("POST", "/api/detect", body(number))
        while sync_status == 429:
            time.sleep(int(headers["Retry-After"]))
            sync_status, headers, sync = judge.call("POST", "/api/detect", body(number))
        wrong += status != 200 or numbers(report) != numbers(sync)
check("every answer is the synchronous one", wrong == 0, wrong)
billed = sum(client.call("GET", "/api/dashboard/stats")[2]["analyses"]["monthly"]
             for client in clients)
check("each was billed once", billed == JOBS, billed)
code, took = appliance.stop()
check("stops in order", code == 0, (code, appliance.errors()))
done()
