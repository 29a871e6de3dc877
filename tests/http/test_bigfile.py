"""A CSV too large for one request: uploaded in parts, analysed from disk, memory measured.

`make big-file` runs it with 300 MB; BIG_FILE_MB sets another size. The bound is 64 MiB above the
idle server plus the panel: 8 bytes for each number and 4 for each label and line of a row.
"""
import hashlib
import os
import random
import tempfile
import time

from installed import Installed
from scenario import check, done

SIZE = int(os.environ.get("BIG_FILE_MB", "12")) * 1000000
PART = 8 << 20
A = "a@example.com"
random.seed(1)
pad = "x" * 110


def rows():
    yield ("time_period,algorithm,performance,constraint_compute,constraint_memory,"
           "constraint_dataset_size,note\n")
    i = 0
    while True:
        yield "%d,model-%03d,%.6f,%d,%d,%d,%s%08d\n" % (
            i // 100, i % 100, 0.5 + 0.3 * random.random(), 100 + i // 100 % 7, 16 + i % 3,
            1000 + i // 100 % 11, pad, i)
        i += 1


file = tempfile.NamedTemporaryFile(prefix="sleuth-big-")
digest = hashlib.sha256()
size, count = 0, -1
for row in rows():
    if size >= SIZE:
        break
    data = row.encode()
    file.write(data)
    digest.update(data)
    size += len(data)
    count += 1
file.flush()
server = Installed({A: "enterprise"}, config="[detect]\nsync_deadline_ms = 600000\n")
idle = server.memory()
begin = time.monotonic()
status, upload = server.json("POST", "/api/files", A,
                             {"name": "big.csv", "size": size, "part_size": PART})
check("the upload begins", status == 201, upload)
path = "/api/files/" + upload["id"]
worst = 0
for number in range(1, upload["parts_total"] + 1):
    data = os.pread(file.fileno(), PART, (number - 1) * PART)
    status, answer = server.json("PUT", "%s/parts/%d" % (path, number), A, data)
    worst = max(worst, status)
    if number == upload["parts_total"] // 2:
        server.kill()
        server.start()
check("%d parts are taken, with a kill -9 in the middle" % upload["parts_total"], worst == 200, worst)
status, answer = server.json("POST", path + "/complete", A, {"sha256": digest.hexdigest()})
check("the upload is complete", status == 200 and answer.get("rows") == count, answer)
print("      upload: %.1f MB in %.1f s; VmHWM %.0f MiB, RssAnon %.0f MiB (idle: %.0f, %.0f)" %
      (size / 1e6, time.monotonic() - begin, *server.memory(), *idle))
server.stop()
server.start()
idle = server.memory()
panel = count * (5 * 8 + 4 + 4) / (1 << 20)
# VmHWM counts the pages of the file that are mapped at the moment as well.
for what, body in (("validate", {}), ("classic", {"engine": "classic"}), ("calibrated", {"draws": 199})):
    begin = time.monotonic()
    route = "/api/validate" if what == "validate" else "/api/detect"
    status, answer = server.json("POST", route, A, {"file_id": upload["id"], "store": False, **body})
    hwm = server.memory()[0]
    right = answer.get("valid") if what == "validate" else \
        answer.get("input_sha256") == digest.hexdigest()
    check("%s from the file" % what, status == 200 and right, str(answer)[:500])
    print("      %s: %d rows in %.1f s; VmHWM %.0f MiB, of it idle %.0f, panel %.0f" %
          (what, count, time.monotonic() - begin, hwm, idle[0], panel))
    check("it takes at most 64 MiB and the panel", hwm <= idle[0] + panel + 64,
          (hwm, idle[0], panel))
    server.stop()
    server.start()
server.stop()
done()
