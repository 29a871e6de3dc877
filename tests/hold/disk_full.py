"""A full disk: reads and deletions go on, writes are refused with 507 or 503, readiness is red, and
all is well again once there is room. On a small ext4 in a file, and on tmpfs; both need root.

Twice each: with a reserve (storage.disk_reserve_mib), from which only the database takes, and
without, so that the disk is full to the last block under the database."""
import contextlib
import http.client
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client
from scenario import check, done

SIZE_MIB, RESERVE_MIB = 48, 16
LOG = "time_period,algorithm,performance,constraint_x\n1,A,0.7,100\n1,B,0.6,100\n2,A,0.72,110\n2,B,0.63,110\n"


@contextlib.contextmanager
def disk(kind):
    with tempfile.TemporaryDirectory(prefix="sleuth-disk-") as work:
        place, image = os.path.join(work, "disk"), os.path.join(work, "image")
        os.mkdir(place)
        if kind == "tmpfs":
            command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", place]
        else:
            with open(image, "wb") as file:
                file.truncate(SIZE_MIB << 20)
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
            command = ["mount", "-o", "loop", image, place]
        if subprocess.run(command, capture_output=True).returncode:
            yield None
            return
        try:
            yield place
        finally:
            subprocess.run(["umount", "-l", place], check=True)


class Placed(Appliance):
    """Its data lies on the disk, everything else does not."""

    def __init__(self, place, reserve_mib):
        self.place = place
        super().__init__(f"[storage]\ndisk_reserve_mib = {reserve_mib}\ndata_dir = {place}/data\n"
                         "[auth]\nsession_days = 1\n")

    def start(self):
        self.data = os.path.join(self.place, "data")
        return super().start()


def upload(server, key, text):
    """The status of a file that is stored."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.request("POST", "/api/files", text, {"Content-Type": "text/csv", "X-API-Key": key})
    status = connection.getresponse().status
    connection.close()
    return status


def fill(place, leave_bytes):
    """One file that leaves so much."""
    with open(os.path.join(place, "filler"), "wb") as file:
        while True:
            disk = os.statvfs(place)
            free = disk.f_bavail * disk.f_frsize - leave_bytes
            if free <= 0:
                return
            try:
                file.write(b"x" * min(free, 1 << 20))
                file.flush()
            except OSError:
                return


def once(kind, place, reserve_mib):
    name = f"{kind}, {'a reserve' if reserve_mib else 'no reserve'}"
    server = Placed(place, reserve_mib)
    user = Client(server, server.user("a@example.com", "enterprise"))
    server.admin("PATCH", "/api/admin/users/1", {"per_minute": 100000})
    ids = [user.call("POST", "/api/detect", {"csv_data": LOG, "engine": "classic", "seed": i})[2]["id"]
           for i in range(8)]
    stored = upload(server, user.key, LOG)
    check(f"{name}: room at first", user.call("GET", "/readyz")[0] == 200 and stored in (200, 201), stored)

    def write(i):
        return user.call("POST", "/api/detect", {"csv_data": LOG, "engine": "classic", "seed": 1000 + i})

    if reserve_mib:
        fill(place, (reserve_mib - 2) << 20)
        early = [write(9100 + i)[0] for i in range(20)]
        check(f"{name}: what is small comes out of the reserve", early == [200] * 20, early)
        os.unlink(os.path.join(place, "filler"))
    fill(place, (reserve_mib // 2 - 1) << 20 if reserve_mib else 0)
    statuses = {}
    for i in range(2000):  # free pages inside of the database are used up first
        status, _, answer = write(i)
        statuses[status] = statuses.get(status, 0) + 1
        refused = statuses.get(503, 0) + statuses.get(507, 0)
        if refused >= 20:
            break
    big = upload(server, user.key, LOG + "3,A,0.7,100\n" * 200000)
    check(f"{name}: a file is refused", big in (503, 507), big)
    check(f"{name}: writes are refused", refused >= 20, statuses)
    check(f"{name}: nothing but 200, 503, 507", not set(statuses) - {200, 503, 507}, statuses)
    red, _, why = user.call("GET", "/readyz")
    if reserve_mib:
        check(f"{name}: readiness is red and says why", red == 503 and "disk" in why["reasons"], (red, why))
    check(f"{name}: liveness is not", user.call("GET", "/livez")[0] == 200)
    status, _, seen = user.call("GET", f"/api/analyses/{ids[0]}")
    check(f"{name}: reads go on", status == 200 and seen["id"] == ids[0], (status, seen))
    status, _, seen = user.call("GET", "/api/dashboard/keys")
    check(f"{name}: also with authentication and limits", status == 200, (status, seen))
    deleted = [user.call("DELETE", f"/api/analyses/{i}")[0] for i in ids] if reserve_mib else []
    check(f"{name}: deletions go on", all(s in (200, 204) for s in deleted), deleted)
    if reserve_mib:
        check(f"{name}: what was deleted is gone", user.call("GET", f"/api/analyses/{ids[0]}")[0] == 404)
        made = server.cli("key", "create", "a@example.com", "--name", "while-full")
        check(f"{name}: the administrator goes on", made.returncode == 0, made.stderr)
    os.unlink(os.path.join(place, "filler"))
    begin = time.monotonic()
    while write(9000)[0] != 200 and time.monotonic() - begin < 20:
        time.sleep(0.05)
    recovered = time.monotonic() - begin
    check(f"{name}: writes again once there is room, without a restart", recovered < 10, recovered)
    check(f"{name}: readiness is green again", user.call("GET", "/readyz")[0] == 200)
    code, _ = server.stop()
    check(f"{name}: stops in order", code == 0, (code, server.errors()[-1000:]))
    clean = server.cli("db", "check")
    check(f"{name}: the database is clean", clean.returncode == 0, clean.stdout + clean.stderr)
    print(f"figure: {name}: {refused + 1} writes refused, {len(deleted)} deletions while full, "
          f"writes again after {recovered * 1000:.0f} ms")


ran = 0
for kind in ("ext4", "tmpfs"):
    for reserve_mib in (RESERVE_MIB, 0):
        with disk(kind) as place:
            if place:
                once(kind, place, reserve_mib)
                ran += 1
if not ran:
    print("SKIPPED: no right to mount a small disk (root)")
    sys.exit(77)
done()
