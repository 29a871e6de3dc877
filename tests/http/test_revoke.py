"""A key is revoked while eight clients use it: none is let in whose call began after the answer to
the revocation. Then the same with a disabled account, and another user's key works all the time."""
import threading
import time

from appliance import Appliance, Client
from scenario import check, done

ROUNDS, CLIENTS = 12, 8
appliance = Appliance()
late, calls, wrong = [], [0], []


def use(key, told, stop, mine):
    client = Client(appliance, key)
    while not stop.is_set():
        after = told[0] is not None
        status, _, answer = client.call("GET", "/api/me")
        calls[0] += 1
        if status == 200 and answer["email"] != mine:
            wrong.append(answer["email"])
        if status == 200 and after:
            late.append(key)
        if status not in (200, 401):
            wrong.append(status)


def round_of(email, key, finish):
    told, stop = [None], threading.Event()
    users = [threading.Thread(target=use, args=(key, told, stop, email)) for _ in range(CLIENTS)]
    for user in users:
        user.start()
    time.sleep(0.1)
    finish()
    told[0] = time.monotonic()
    time.sleep(0.1)
    stop.set()
    for user in users:
        user.join()


bystander = appliance.user("bystander@example.com", "enterprise")
for number in range(ROUNDS):
    email = f"u{number}@example.com"
    key = appliance.user(email, "enterprise")
    if number % 2:
        shown = Client(appliance, key).call("GET", "/api/dashboard/keys")[2]["keys"][0]["id"]
        change = ("DELETE", f"/api/admin/keys/{shown}", None)
    else:
        change = ("PATCH", f"/api/admin/users/{email}", {"enabled": False})
    round_of(email, key, lambda: appliance.admin(*change))
    status, _, answer = Client(appliance, bystander).call("GET", "/api/me")
    check("the bystander is let in as himself", status == 200 and answer["email"].startswith("bystander"))
# What is kept for a user never hides his own change from him: a list is read until it is kept, then
# a key comes, changes its name, and goes.
owner = Client(appliance, bystander)


def names():
    seen = [owner.call("GET", "/api/dashboard/keys") for _ in range(4)]
    tag = seen[-1][1]["etag"]
    check("the tag is that of what is shown",
          owner.call("GET", "/api/dashboard/keys", If_None_Match=tag)[0] == 304)
    shown = [sorted(row["name"] for row in answer["keys"]) for _, _, answer in seen]
    check("the list is the same on every reading", all(one == shown[0] for one in shown))
    return shown[0]


writer = appliance.admin("POST", "/api/admin/users/bystander@example.com/keys",
                         {"name": "writer", "scopes": ["keys:read", "keys:write"]})
owner = Client(appliance, writer["key"])
check("a new key is in the list", names() == ["jobs", "writer"])
made = owner.call("POST", "/api/dashboard/keys", {"name": "new", "scopes": ["keys:read"]})[2]
check("and one made by itself", names() == ["jobs", "new", "writer"])
owner.call("PATCH", f"/api/dashboard/keys/{made['id']}", {"name": "other"})
check("its new name", names() == ["jobs", "other", "writer"])
owner.call("DELETE", f"/api/dashboard/keys/{made['id']}")
check("and that it is gone", names() == ["jobs", "writer"])
tester = Client(appliance, bystander)
for number in range(1, 4):
    log = "time_period,algorithm,performance,constraint_x\\n" + "".join(
        f"{t},{name},0.{7 - t}{number},10{t}\\n" for t in range(1, 5) for name in "AB")
    status, _, answer = tester.call("POST", "/api/detect", {"engine": "classic", "csv_data": log.replace("\\n", "\n")})
    shown = [tester.call("GET", "/api/me")[2]["analyses"]["monthly"] for _ in range(4)]
    check("an analysis is counted for its owner at once", status == 200 and shown == [number] * 4, (status, answer, shown))
before = owner.call("GET", "/api/me")[2]["limits"]["per_minute"]
appliance.admin("PATCH", "/api/admin/users/bystander@example.com", {"per_minute": 777})
after = owner.call("GET", "/api/me")[2]["limits"]["per_minute"]
check("a limit agreed with the user shows at once", before != 777 and after == 777, (before, after))
print(f"{calls[0]} calls in {ROUNDS} rounds, {len(late)} let in after the answer")
check("nobody is let in after the revocation was answered", not late)
check("everybody is answered as himself, or not at all", not wrong)
check("there was load", calls[0] > ROUNDS * CLIENTS * 5)
appliance.stop()
done()
