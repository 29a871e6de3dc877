"""Power cuts at every system call of a working server: nothing acknowledged is lost, no store is
damaged, from the first byte of the first start on. powercut.py [short|full]

A server runs under a recorder (LD_PRELOAD) from an empty disk on, while clients create and revoke
keys, create users, detect, queue jobs, upload and delete files, and backups are made; then, without
it, the database is compacted and the last backup restored in its place. The trace
holds every write, barrier and name that changed, and every answer in its place among them. A
replayer then builds the disk after a cut behind each event: all that barriers made durable, and of
the rest none, all, the last, random pages, torn sectors. Each disk is opened, checked and searched
for all that had been answered by then. The same with syncs swallowed, with those of blobs swallowed,
and with LMDB in its NOSYNC mode must fail, or the test proves nothing.
"""
import os
import subprocess
import sys
import tempfile

from workload import Workload

from scenario import ROOT, check, done

BUILT = os.path.join(ROOT, "build/release/tests/hold/powercut")
SHORT = "full" not in sys.argv[1:]
ROUNDS = 6 if SHORT else 60  # of the workload, each a few writes of every kind


def cut(what, env, rounds, *flags):
    """The workload, then its cuts; (exit code of the replayer, its lines)."""
    trace = tempfile.NamedTemporaryFile(prefix="sleuth-trace-")
    work = Workload(rounds, "disk/data", env={
        "LD_PRELOAD": os.path.join(BUILT, "record.so"), "POWERCUT_ROOT": "@DIR@/disk",
        "POWERCUT_TRACE": trace.name, **env})
    check(f"{what}: the server works and stops in order", work.code == 0 and not work.problems,
          work.problems or work.appliance.errors()[-300:])
    with tempfile.TemporaryDirectory(prefix="sleuth-cut-") as scratch, \
            tempfile.NamedTemporaryFile("w", prefix="sleuth-acks-") as acks:
        acks.write("".join(line + "\n" for _, line in work.promises))
        acks.flush()
        run = subprocess.run([os.path.join(BUILT, "replay"), trace.name, acks.name, scratch, *flags],
                             capture_output=True, text=True)
    check(f"{what}: the replayer ends", run.returncode in (0, 1), run.stderr)
    lines = run.stdout.strip().split("\n")
    print("\n".join("      " + line for line in lines))
    return run.returncode, lines[-1]


code, line = cut("as shipped", {}, ROUNDS, "--step", "3", "--rounds", "2" if SHORT else "3")
check("as shipped: nothing is lost, nothing is damaged", code == 0)
print(f"figure: {line}")
for what, env in (("every sync swallowed", {"POWERCUT_EAT": "all"}),
                  ("syncs of blobs swallowed", {"POWERCUT_EAT": "blobs"}),
                  ("LMDB with NOSYNC", {"POWERCUT_NOSYNC": "1"})):
    code, line = cut(what, env, 3, "--step", "11", "--rounds", "1", "--images", "400")
    check(f"{what}: is noticed", code == 1, line)
    print(f"figure: control, {what}: {line.split(': ', 1)[1]}")
done()
