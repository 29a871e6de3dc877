"""Projects against a real server: two tenants, a growing ledger, retries, a frozen protocol with every
kind of deviation, approvals, reviews, the history of verdicts."""
import atexit
import copy
import json
import os
import random
import subprocess
import sys
import tempfile
import time

from scenario import SLEUTH, check, done

JSON = ("-H", "content-type: application/json")


class Appliance:
    """`sleuth serve` over a data directory of its own, users made before by the command line."""

    def __init__(self):
        self.dir = tempfile.TemporaryDirectory(prefix="sleuth-projects-")
        self.data = os.path.join(self.dir.name, "data")
        self.password = os.path.join(self.dir.name, "password")
        with open(self.password, "w") as file:
            file.write("tulip brick ferry nine\n")
        self.users = {}
        for name, role in (("ann", "user"), ("ben", "user"), ("rae", "reviewer")):
            self.cli("user", "create", name + "@example.com", "--plan", "enterprise", "--role", role,
                     "--name", name.title(), "--password-file", self.password)
            self.users[name] = self.cli("key", "create", name + "@example.com").strip()
        self.start("127.0.0.1:0")
        self.sessions = {name: self.login(name) for name in self.users}

    def cli(self, *words):
        run = subprocess.run([SLEUTH, *words, "--data", self.data], capture_output=True, text=True,
                             stdin=subprocess.DEVNULL)
        if run.returncode:
            sys.exit("sleuth %s: %s" % (" ".join(words), run.stderr))
        return run.stdout

    def start(self, address):
        self.log = open(os.path.join(self.dir.name, "log"), "a+")
        self.process = subprocess.Popen(
            [SLEUTH, "serve", "--data", self.data, "--listen", address, "--no-tls"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        atexit.register(self.process.kill)
        line = ""
        while "listening" not in line:
            line = self.process.stdout.readline()
            if not line:
                sys.exit("the server did not start")
        self.url = line.strip().partition(" ")[2]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.start(self.url.split("//")[1])

    def curl(self, path, *flags):
        run = subprocess.run(["curl", "-s", "-i", "-m", "60", *flags, self.url + path],
                             capture_output=True)
        head, _, body = run.stdout.decode(errors="replace").partition("\r\n\r\n")
        while body.startswith("HTTP/"):
            head, _, body = body.partition("\r\n\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        words = head.split()
        return int(words[1]) if len(words) > 1 else 0, headers, json.loads(body) if body[:1] in "{[" and body else body

    def login(self, name):
        run = subprocess.run(
            ["curl", "-s", "-i", *JSON, "-d",
             json.dumps({"email": name + "@example.com", "password": "tulip brick ferry nine"}),
             self.url + "/api/auth/login"], capture_output=True)
        head, _, body = run.stdout.decode().partition("\r\n\r\n")
        if "set-cookie" not in head.lower():
            sys.exit("login: " + run.stdout)
        cookie = [line.split(": ")[1].split(";")[0] for line in head.split("\r\n")
                  if line.lower().startswith("set-cookie")][0]
        return cookie, json.loads(body)["csrf_token"]

    def by_key(self, name, method, path, body=None, *flags):
        data = (*JSON, "-d", json.dumps(body)) if body is not None else ()
        return self.curl(path, "-X", method, "-H", "x-api-key: " + self.users[name], *data, *flags)

    def by_session(self, name, method, path, body=None, *flags):
        cookie, csrf = self.sessions[name]
        data = (*JSON, "-d", json.dumps(body)) if body is not None else ()
        return self.curl(path, "-X", method, "-H", "cookie: " + cookie, "-H", "x-csrf-token: " + csrf,
                         *data, *flags)

    def analyses(self, name):
        return self.by_key(name, "GET", "/api/limits")[2]["counters"]["analyses"]["used"]


app = Appliance()


def make(name="p", who="ann"):
    return app.by_key(who, "POST", "/api/projects", {"name": name})[2]["id"]


def iso(day, hour=0):
    return time.strftime("%Y-%m-%dT%H:00:00Z", time.gmtime(time.time() + 86400 * day + 3600 * hour))


def row(number, **changes):
    """Round `number` as it was agreed."""
    result = {"run_id": "run-%d" % number, "time": iso(number), "lineage": "model", "system": "model-%d" % number,
              "task": "gsm8k", "metric": "acc", "value": 0.5 + number / 100, "n": 1319, "direction": "higher",
              "status": "completed", "split": "test",
              "protocol": {"harness_version": "0.4.5", "task_version": "3", "prompt_sha": "aa", "limit": None,
                           "judge": "gpt", "seed": 1, "dataset_version": "v1", "temperature_gen": "x",
                           "gen_kwargs.temperature": 0, "revision.commit": "c0ffee", "revision.dirty": False,
                           "transformers_version": "4.40", "filter": "strict", "eval_epochs": 1,
                           "token_limit": 1000, "constraint_custom": 7},
              "settings": {"learning_rate": 0.1 * number},
              "source": {"path": "r%d.json" % number, "sha256": "%064x" % number}}
    del result["protocol"]["temperature_gen"]
    for key, value in changes.items():
        if key.startswith("p_"):
            result["protocol"][key[2:].replace("__", ".")] = value
        else:
            result[key] = value
    return result


PLAN = {"protocol": row(1)["protocol"], "splits": ["test"], "metric": "acc", "direction": "higher",
        "threshold": 0.8, "planned_rounds": 5, "n": 1319, "tasks": {"gsm8k": {}}, "lineages": ["model"],
        "budget": 4}


# --- create, list, change; two tenants ---
code, headers, body = app.by_key("ann", "POST", "/api/projects", {"name": "spring", "metric": "acc"})
check("create answers 201 with the project", code == 201 and body["name"] == "spring" and body["rounds_total"] == 0,
      (code, body))
project = body["id"]
check("and says where", headers.get("location") == "/api/projects/" + project, headers)
for name, bad in (("a blank name", {"name": " "}), ("no name", {}), ("an unknown member", {"name": "x", "owner": 7})):
    code, _, body = app.by_key("ann", "POST", "/api/projects", bad)
    check(name + " is refused", code == 400, (code, body))
for method, path, data in (("GET", "", None), ("PATCH", "", {"name": "stolen"}), ("DELETE", "", None),
                           ("POST", "/rounds", {"rows": []}), ("GET", "/rounds", None), ("GET", "/verdicts", None),
                           ("POST", "/freeze", PLAN), ("GET", "/freeze", None), ("GET", "/deviations", None),
                           ("GET", "/reviews", None), ("GET", "/attempts", None)):
    code, _, body = app.by_key("ben", method, "/api/projects/" + project + path, data)
    check("another tenant's %s %s is 404" % (method, path or "/"), code == 404, (code, body))
code, _, body = app.by_key("rae", "GET", "/api/projects/" + project)
check("a reviewer's key opens nothing of others", code == 404, (code, body))
code, _, body = app.by_session("rae", "GET", "/api/projects/" + project)
check("a reviewer who is signed in sees it", code == 200 and body["id"] == project, (code, body))
code, _, body = app.by_session("ben", "GET", "/api/projects/" + project)
check("another user who is signed in does not", code == 404, (code, body))
check("lists hold one's own", len(app.by_key("ben", "GET", "/api/projects")[2]["projects"]) == 0)
check("scope=all is for reviewers", app.by_session("ben", "GET", "/api/projects?scope=all")[0] == 403)
check("who see all", len(app.by_session("rae", "GET", "/api/projects?scope=all")[2]["projects"]) == 1)
code, headers, body = app.by_key("ann", "GET", "/api/projects/" + project)
etag = headers["etag"]
code, _, body = app.by_key("ann", "PATCH", "/api/projects/" + project, {"description": "weekly"}, "-H",
                           "if-match: " + etag)
check("change with If-Match", code == 200 and body["description"] == "weekly", (code, body))
code, _, body = app.by_key("ann", "PATCH", "/api/projects/" + project, {"name": "x"}, "-H", "if-match: " + etag)
check("an old tag is refused", code == 412, (code, body))

# --- rounds: CSV, then rows, then again; counted, kept over kill -9 ---
rounds = "/api/projects/" + project + "/rounds"
csv = "time_period,algorithm,performance,constraint_shots\n" + "".join(
    "%d,A,%.2f,%d\n" % (t, 0.5 + 0.01 * t, t % 3) for t in range(1, 6))
used = app.analyses("ann")
code, headers, body = app.curl(rounds, "-H", "x-api-key: " + app.users["ann"], "-H", "content-type: text/csv",
                               "-H", "idempotency-key: first-round-1", "--data-binary", csv)
first = body
check("CSV is taken", code == 200 and body["rounds_total"] == 5 and body["rows_added"] == 5, (code, body))
check("too few rounds for a test, said so", body["verdict"]["verdict"] == "insufficient_data" and
      body["verdict"]["reason"] == "too_few_rounds" and body["changed"], body)
check("no error was spent on that", body["verdict"]["sequential"]["spent"] == 0, body)
check("counted once", headers["sleuth-analyses-counted"] == "1" and app.analyses("ann") == used + 1, headers)
code, headers, body = app.curl(rounds, "-H", "x-api-key: " + app.users["ann"], "-H", "content-type: text/csv",
                               "-H", "idempotency-key: first-round-1", "--data-binary", csv)
check("the same key is answered again, not done again", code == 200 and body == first and
      headers.get("idempotency-replayed") == "true", (code, headers))
check("and not billed again", app.analyses("ann") == used + 1)
app.kill()
code, headers, body = app.curl(rounds, "-H", "x-api-key: " + app.users["ann"], "-H", "content-type: text/csv",
                               "--data-binary", csv)
check("after kill -9 the rounds are there: nothing is added twice", code == 200 and body["already_recorded"] and
      body["rounds_total"] == 5, (code, body))
check("nor billed", headers["sleuth-analyses-counted"] == "0" and app.analyses("ann") == used + 1, headers)
more = [{"time_period": t, "algorithm": "A", "performance": round(0.5 + 0.01 * t + 0.03 * (t * t % 7 - 3) * (t > 5), 2),
         "constraint_shots": t * t % 5 if t > 5 else t % 3} for t in range(5, 19)]
code, _, body = app.by_key("ann", "POST", rounds, {"rows": more})
check("rows continue the CSV; the one that was there is not repeated",
      code == 200 and body["rounds_total"] == 18 and body["rows_added"] == 13, (code, body))
sequential = body["verdict"]["sequential"]
check("the answer says which rule and level", sequential["rule"] == "spending_open_end" and
      abs(sequential["level"] - 0.05 * 18 / 48) < 1e-12 and sequential["looks"] == 1, sequential)
check("and what changed is told", body["changed"] and body["verdict"]["verdict"] in ("no_evidence", "adaptive_protocol_detected"),
      body)
code, _, body = app.by_key("ann", "POST", rounds, {"rows": [{"time_period": 1.5, "algorithm": "A", "performance": 1}]})
check("a period that is no whole number is refused", code == 400 and "1.5" in body["message"], (code, body))
code, _, body = app.by_key("ann", "POST", rounds, {"rows": [{"time_period": 1, "algorithm": "A", "performance": "x"}]})
check("a bad row is named", code == 400 and "row 1" in body["message"], (code, body))
code, _, body = app.curl(rounds + "?name=x.txt", "-H", "x-api-key: " + app.users["ann"], "-H", "content-type: text/csv",
                         "--data-binary", "a,b\n1,2\n")
check("a file that is no log is refused with its name", code == 400 and "x.txt" in body["message"], (code, body))
history = app.by_key("ann", "GET", "/api/projects/" + project + "/verdicts")[2]["verdicts"]
check("the history keeps every verdict, newest first", [v["number"] for v in history] == [2, 1] and
      history[1]["summary"]["verdict"] == "insufficient_data", history)
kept = app.by_key("ann", "GET", rounds)[2]["rounds"]
check("and every addition with its hash", [(r["rows"], r["grade"], len(r["sha256"])) for r in kept] ==
      [(13, "C", 64), (5, "C", 64)], kept)
code, _, body = app.by_key("ann", "POST", "/api/projects/" + project + "/freeze", PLAN)
check("a protocol is frozen before the first round or not at all", code == 409 and body["code"] == "rounds_exist",
      (code, body))

# --- an adaptive project is found, and stays found ---
adaptive = make("adaptive")
chance, state, rows = random.Random(5), 50, []
for t in range(1, 41):
    score = round(chance.gauss(0.5, 0.1), 4)
    rows.append({"time_period": t, "algorithm": "A", "performance": score, "constraint_shots": state})
    state = round(state + 40 * (0.5 - score) + chance.gauss(0, 0.3), 3)  # the next setting follows the result
code, _, body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % adaptive, {"rows": rows})
check("settings that follow results are found", code == 200 and
      body["verdict"]["verdict"] == "adaptive_protocol_detected", (code, body))
found = body["verdict"]
code, _, body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % adaptive, {"rows": [
    {"time_period": 41, "algorithm": "A", "performance": 0.5, "constraint_shots": 3}]})
check("and one more round does not take it back", body["verdict"]["verdict"] == "adaptive_protocol_detected" and
      not body["changed"] and body["verdict"]["sequential"]["detected_at"] == 1 and
      body["verdict"]["sequential"]["p_value"] <= found["sequential"]["p_value"], body)

# --- freeze ---
frozen = make("frozen")
for name, change in (("no metric", {"metric": None}), ("an unknown split", {"splits": ["train"]}),
                     ("no plan", {"planned_rounds": 0}), ("a nested protocol", {"protocol": {"a": {"b": 1}}}),
                     ("an unknown member", {"colour": "red"})):
    code, _, body = app.by_key("ann", "POST", "/api/projects/%s/freeze" % frozen, {**PLAN, **change})
    check("freeze refuses " + name, code == 400, (code, body))
code, _, body = app.by_key("ann", "POST", "/api/projects/%s/freeze" % frozen, PLAN)
record = body
check("freeze answers 201 with a sealed record", code == 201 and record["record"]["seal"]["algorithm"] == "Ed25519",
      (code, body))
report = record["record"]["report"]
check("that is canonical", list(report) == sorted(report) and list(report["protocol"]) == sorted(report["protocol"]),
      report)
sealed = os.path.join(app.dir.name, "freeze.json")
with open(sealed, "w") as file:
    file.write(json.dumps(record["record"], separators=(",", ":"), ensure_ascii=False) + "\n")
run = subprocess.run([SLEUTH, "report", "verify", sealed], capture_output=True, text=True)
check("and checked by 'sleuth report verify'", run.returncode == 0, run.stderr)
with open(sealed, "w") as file:
    text = json.dumps(record["record"], separators=(",", ":"), ensure_ascii=False)
    file.write(text.replace('"threshold":0.8', '"threshold":0.7') + "\n")
run = subprocess.run([SLEUTH, "report", "verify", sealed], capture_output=True, text=True)
check("which notices a changed threshold", run.returncode == 3, run.stderr)
code, _, body = app.by_key("ann", "POST", "/api/projects/%s/freeze" % frozen, PLAN)
check("a second freeze is refused", code == 409 and body["code"] == "already_frozen", (code, body))
check("the record is shown as it was sealed", app.by_key("ann", "GET", "/api/projects/%s/freeze" % frozen)[2] == record)

# --- a clean continuation has no deviation ---
for number in range(1, 5):
    code, _, body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % frozen, {"ledger": [row(number)]})
    check("clean round %d has no deviation" % number, code == 200 and body["deviations"] == [], (code, body))
check("its rule follows the plan", body["verdict"]["sequential"]["rule"] == "spending_planned", body)
attempts = app.by_key("ann", "GET", "/api/projects/%s/attempts" % frozen)[2]["attempts"]
check("attempts are counted", attempts == [{"test_set": "gsm8k", "lineage": "model", "attempts": 4, "budget": 4}], attempts)


# --- every kind of deviation, each in a project of its own: one clean round, then this one ---
def without(name):
    result = row(2)
    del result["protocol"][name]
    return [result]


def skipping():
    """Two tasks were agreed, one is left behind."""
    return [row(number, task="gsm8k") for number in (2, 3)]


KINDS = [
    ("limit_changed", [row(2, p_limit=50)]),
    ("sample_budget_changed", [row(2, p_token_limit=9)]),
    ("epochs_changed", [row(2, p_eval_epochs=3)]),
    ("task_version_changed", [row(2, p_task_version="4")]),
    ("prompt_changed", [row(2, p_prompt_sha="bb")]),
    ("judge_changed", [row(2, p_judge="other")]),
    ("scoring_changed", [row(2, p_filter="flexible")]),
    ("dataset_changed", [row(2, p_dataset_version="v2")]),
    ("harness_changed", [row(2, p_harness_version="0.4.6")]),
    ("code_changed", [row(2, p_revision__commit="beef")]),
    ("dirty_tree", [row(2, p_revision__dirty=True)]),
    ("environment_changed", [row(2, p_transformers_version="4.41")]),
    ("decoding_changed", [row(2, p_gen_kwargs__temperature=1)]),
    ("seed_changed", [row(2, p_seed=2)]),
    ("protocol_changed", [row(2, p_constraint_custom=8)]),
    ("field_missing", without("judge")),
    ("field_added", [row(2, p_new_field=1)]),
    ("split_changed", [row(2, split="dev")]),
    ("metric_changed", [row(2, metric="f1")]),
    ("direction_changed", [row(2, direction="lower")]),
    ("threshold_changed", [row(2, p_threshold=0.7)]),
    ("samples_fewer", [row(2, n=100)]),
    ("samples_more", [row(2, n=2000)]),
    ("samples_unknown", [row(2, n=None)]),
    ("run_before_freeze", [row(2, time=iso(-3))]),
    ("time_goes_back", [row(2, time=iso(0, 2))]),
    ("run_repeated", [row(1, value=0.9)]),
    ("run_failed", [row(2, status="failed", value=None)]),
    ("run_unfinished", [row(2, status="running", value=None)]),
    ("score_missing", [row(2, value=None)]),
    ("task_added", [row(2, task="other")]),
    ("system_changed", [row(2, lineage="other")]),
    ("round_beyond_plan", [row(number) for number in range(2, 7)]),
    ("attempts_over_budget", [row(number) for number in range(2, 6)]),
]
for kind, rows in KINDS:
    name = make(kind)
    path = "/api/projects/" + name
    assert app.by_key("ann", "POST", path + "/freeze", PLAN)[0] == 201
    body = app.by_key("ann", "POST", path + "/rounds", {"ledger": [row(1)]})[2]
    assert body["deviations"] == [], body
    code, _, body = app.by_key("ann", "POST", path + "/rounds", {"ledger": copy.deepcopy(rows)})
    kinds = [d["kind"] for d in body.get("deviations", [])]
    # more rounds than planned are more attempts than agreed, and a run of the past both too early and late
    also = {"round_beyond_plan": {"attempts_over_budget"}, "run_before_freeze": {"time_goes_back"},
            "task_added": set(), "run_repeated": set()}.get(kind, set())
    check("%s is caught and named" % kind, code == 200 and kind in kinds and set(kinds) <= {kind} | also,
          (code, kinds, body))
name = make("excluded")
app.by_key("ann", "POST", "/api/projects/%s/freeze" % name, PLAN)
body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {
    "ledger": [row(1)], "excluded": [{"path": "r0.json", "reason": "out of memory"}]})[2]
check("run_excluded is caught and named", [d["kind"] for d in body["deviations"]] == ["run_excluded"], body)
name = make("grades")
app.by_key("ann", "POST", "/api/projects/%s/freeze" % name, PLAN)
token = app.by_key("ann", "POST", "/api/projects/%s/watch" % name)[2]["token"]
app.by_key("ann", "POST", "/api/projects/%s/rounds?watch=%s" % (name, token), {"ledger": [row(1, time=iso(0, 1))]})
body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": [row(2)]})[2]
check("grade_lowered is caught and named", [d["kind"] for d in body["deviations"]] == ["grade_lowered"], body)
name = make("skipped")
app.by_key("ann", "POST", "/api/projects/%s/freeze" % name, {**PLAN, "tasks": {"gsm8k": {}, "mmlu": {}}})
body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": [row(1)]})[2]
check("one task ahead of the other is no deviation", body["deviations"] == [], body)
body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": skipping()})[2]
check("task_skipped is caught and named", [d["kind"] for d in body["deviations"]] == ["task_skipped"], body)
name = make("abandoned")
app.by_key("ann", "POST", "/api/projects/%s/freeze" % name, PLAN)
app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": [row(1, status="running", value=None)]})
body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": [row(2)]})[2]
check("run_abandoned is caught and named", [d["kind"] for d in body["deviations"]] == ["run_abandoned"], body)
name = make("finished")
app.by_key("ann", "POST", "/api/projects/%s/freeze" % name, PLAN)
app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": [row(1, status="running", value=None)]})
body = app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": [row(1)]})[2]
check("a run that ended after it was seen running is clean", body["deviations"] == [], body)

# --- approving ---
name = make("approve")
path = "/api/projects/" + name
app.by_key("ann", "POST", path + "/freeze", PLAN)
app.by_key("ann", "POST", path + "/rounds", {"ledger": [row(1)]})
body = app.by_key("ann", "POST", path + "/rounds", {"ledger": [row(2, p_judge="new")]})[2]
check("an open deviation is counted", body["deviations_open"] == 1 and body["deviations"][0]["from"] == "gpt" and
      body["deviations"][0]["to"] == "new", body)
for who, wanted in (("ann", 403), ("ben", 403)):
    code, _, body = app.by_session(who, "POST", path + "/deviations/1/approve", {"reason": "because"})
    check("%s may not approve" % who, code == wanted, (code, body))
check("nor may a key", app.by_key("rae", "POST", path + "/deviations/1/approve", {"reason": "because"})[0] in (401, 403))
code, _, body = app.by_session("rae", "POST", path + "/deviations/1/approve", {"reason": " "})
check("a reason is needed", code == 400, (code, body))
code, _, body = app.by_session("rae", "POST", path + "/deviations/9/approve", {"reason": "x"})
check("a deviation that is not there is 404", code == 404, (code, body))
code, _, body = app.by_session("rae", "POST", path + "/deviations/1/approve", {"reason": "the old judge is gone"})
check("a reviewer approves by name", code == 200 and body["approver"] == "Rae" and not body["approved_by_owner"] and
      body["reason"] == "the old judge is gone", (code, body))
code, _, body = app.by_session("rae", "POST", path + "/deviations/1/approve", {"reason": "again"})
check("once", code == 409, (code, body))
body = app.by_key("ann", "POST", path + "/rounds", {"ledger": [row(3, p_judge="new")]})[2]
check("what was approved is not raised again", body["deviations"] == [] and body["deviations_open"] == 0, body)
body = app.by_key("ann", "POST", path + "/rounds", {"ledger": [row(4, p_judge="third")]})[2]
check("another change of the same field is", [d["to"] for d in body["deviations"]] == ["third"], body)

# --- reviews ---
code, _, body = app.by_session("rae", "POST", path + "/reviews",
                               {"decision": "accept", "comment": "looks right", "role": "reviewer"})
check("a reviewer accepts the newest verdict", code == 201 and body["reviewer"] == "Rae" and
      body["role"] == "reviewer" and body["verdict_number"] == 4 and len(body["signature"]) == 128, (code, body))
statement = json.loads(body["statement"])
check("what was signed names verdict, person and time", statement["verdict_id"] == body["verdict_id"] and
      statement["reviewer"] == "Rae" and statement["reviewed_at"] == body["created_at"], statement)
code, _, body = app.by_session("ann", "POST", path + "/reviews", {"decision": "accept", "role": "reviewer"})
check("the owner may not accept", code == 403, (code, body))
code, _, body = app.by_session("ann", "POST", path + "/reviews",
                               {"decision": "sign", "role": "preparer", "verdict_id": "2"})
check("but sign as preparer, an older verdict, too", code == 201 and body["verdict_number"] == 2, (code, body))
check("another user sees nothing", app.by_session("ben", "POST", path + "/reviews", {"decision": "comment", "comment": "x"})[0] == 404)
check("keys do not review", app.by_key("ann", "POST", path + "/reviews", {"decision": "comment", "comment": "x"})[0] in (401, 403))
code, _, body = app.by_session("rae", "POST", path + "/reviews", {"decision": "applaud"})
check("an unknown decision is refused", code == 400, (code, body))
code, _, body = app.by_session("rae", "POST", path + "/reviews", {"decision": "dispute", "verdict_id": "77", "role": "reviewer"})
check("a verdict that is not there is 404", code == 404, (code, body))
listed = app.by_key("ann", "GET", path + "/reviews")[2]["reviews"]
check("reviews are listed, newest first", [r["decision"] for r in listed] == ["sign", "accept"], listed)

# --- the report: what changed, the verdict, deviations, reviews; sealed as JSON ---
def fetch(name, tail, *flags):
    return app.curl("/api/projects/%s%s" % (name, tail), "-H", "x-api-key: " + app.users["ann"], *flags)


for form, kind in (("text", "text/plain"), ("md", "text/markdown"), ("html", "text/html")):
    code, headers, body = fetch(name, "/report?format=" + form)
    plain = body.replace("\\", "") if isinstance(body, str) else ""
    order = [plain.find(text) for text in ("What changed between the runs", "judge_changed", "looks right")]
    check("and is text", "\ufffd" not in str(body), str(body)[max(0,str(body).find("\ufffd")-300):][:600])
    check("the report as %s: changes, deviations, reviews" % form, code == 200 and headers["content-type"].startswith(kind)
          and order == sorted(order) and order[0] >= 0, (code, headers, order))
code, headers, body = fetch(name, "/report?format=html", "-H", "accept-language: zh")
check("in Chinese, too", "各次运行之间发生了什么变化" in body or "运行之间" in body, body[:300])
code, _, body = fetch(name, "/report")
check("as JSON it is sealed with the people who signed", code == 200 and body["seal"]["people"][0]["name"] == "Rae" and
      body["report"]["project"]["reviews"][1]["comment"] == "looks right", (code, str(body)[:400]))
with open(sealed, "w") as file:
    file.write(subprocess.run(["curl", "-s", "-H", "x-api-key: " + app.users["ann"],
                               app.url + "/api/projects/%s/report" % name], capture_output=True, text=True).stdout)
run = subprocess.run([SLEUTH, "report", "verify", sealed], capture_output=True, text=True)
check("and the seal holds", run.returncode == 0, run.stderr)
code, _, body = fetch(adaptive, "/report?format=text&verdict=1")
check("an old verdict is told again as it was", code == 200 and "The test settings followed the results" in body, (code, body[:300]))
code, _, body = fetch(adaptive, "/report?format=text")
check("and the newest as it is", code == 200 and "What changed between the runs" in body, (code, body[:300]))
check("an unknown form is refused", fetch(name, "/report?format=pdf")[0] == 400)
check("a verdict that is not there is 404", fetch(name, "/report?verdict=99")[0] == 404)
check("without a verdict there is no report", fetch(make("empty"), "/report")[0] == 404)

# --- export: the same ledger comes back ---
name = make("export")
app.by_key("ann", "POST", "/api/projects/%s/rounds" % name, {"ledger": [
    row(1), row(2, status="failed", value=None), row(3, metric="f1", direction="lower", stderr=0.01),
    row(3, task="größe, \"x\"", n=None), row(4, value=-0.25, split="dev", lineage="other", note="percent")]})
lines = subprocess.run(["curl", "-s", "-H", "x-api-key: " + app.users["ann"],
                        app.url + "/api/projects/%s/export?format=jsonl" % name], capture_output=True).stdout
ledger = [json.loads(line) for line in lines.decode().splitlines()]
check("the ledger as JSON lines", len(ledger) == 5 and ledger[0]["protocol"]["judge"] == "gpt", ledger)
eee = subprocess.run(["curl", "-s", "-H", "x-api-key: " + app.users["ann"],
                      app.url + "/api/projects/%s/export" % name], capture_output=True).stdout
objects = [json.loads(line) for line in eee.decode().splitlines()]
check("Every Eval Ever: one object per run", len(objects) == 4 and all(o["schema_version"] == "0.3.0" for o in objects) and
      all(r["score_details"]["score"] is not None for o in objects for r in o["evaluation_results"]),
      [(o["evaluation_id"], len(o["evaluation_results"])) for o in objects])
with open(os.path.join(app.dir.name, "eee.jsonl"), "wb") as file:
    file.write(eee)
code, _, body = app.curl("/api/ledger?name=eee.jsonl", "-H", "x-api-key: " + app.users["ann"], "-H",
                         "content-type: application/x-ndjson", "--data-binary", "@" + file.name)
check("and reads back as the same ledger", code == 200 and body["ledger"] == ledger and not body["excluded"],
      (code, body.get("excluded"), str(body)[:300]))
with open(file.name, "wb") as file:
    file.write(eee.replace(b'"score":0.51', b'"score":0.91'))
code, _, body = app.curl("/api/ledger?name=eee.jsonl", "-H", "x-api-key: " + app.users["ann"], "-H",
                         "content-type: application/x-ndjson", "--data-binary", "@" + file.name)
check("a score that was changed by hand is refused", code == 200 and not body["ledger"] and
      "not the one" in body["excluded"][0]["reason"], (code, str(body)[:300]))
code, headers, body = fetch(name, "/export?format=csv")
check("as a table", code == 200 and headers["content-type"].startswith("text/csv") and
      body.splitlines()[0].startswith("run_id,time,lineage") and "protocol.judge" in body, (code, body[:300]))
check("exports of others are 404", app.by_key("ben", "GET", "/api/projects/%s/export" % name)[0] == 404)

# --- audit, delete ---
audit = app.cli("audit", "list", "-o", "json")
check("everything stands in the audit log", all('"project.%s"' % action in audit for action in (
    "create", "change", "round", "freeze", "deviation.approve", "review")), audit[-300:])
code, _, body = app.by_key("ann", "DELETE", "/api/projects/" + project)
check("delete", code == 204, (code, body))
check("and gone", app.by_key("ann", "GET", "/api/projects/" + project)[0] == 404)
app.process.terminate()
check("the server ends in order", app.process.wait(30) == 0)
done()
