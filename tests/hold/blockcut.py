"""Power cuts of the block device under ext4, xfs and btrfs. blockcut.py [CUTS [FILESYSTEM...]]

A disk of memory behind FUSE notes every block write and every flush (tests/hold/blockcut/disk.c); a
loop device, a file system and a working server stand on it. After the work the disk is built as it
may be after a cut: all writes before a flush, and random 512-byte sectors of those behind it. The
file system is mounted, which replays its journal, and the data directory must hold all that had been
answered. A superblock of ext4 is two sectors, one of btrfs eight, each with one checksum: torn, it
does not mount; then the repair of its own tools is run, and counted. Control: ext4 mounted with nobarrier, which sends no flush, must lose. Needs root, loop
devices, FUSE and the mkfs programs; what is missing is named and skipped.
"""
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

from workload import Workload

from scenario import ROOT, check, done

BUILT = os.path.join(ROOT, "build/release/tests/hold/blockcut")
CUTS = int(sys.argv[1]) if len(sys.argv) > 1 else 10
ROUNDS = 4 if CUTS < 100 else 12
FLUSH, SECTOR = 2**64 - 1, 512
SYSTEMS = {  # name: (size in MiB, mkfs, mount options)
    "ext4": (256, ["mkfs.ext4", "-q", "-F"], "defaults"),
    "xfs": (320, ["mkfs.xfs", "-q", "-f"], "defaults"),
    "btrfs": (256, ["mkfs.btrfs", "-q", "-f"], "defaults"),
    "ext4 nobarrier": (256, ["mkfs.ext4", "-q", "-F"], "nobarrier"),
}
REPAIRS = {"ext4": ["e2fsck", "-fy"], "btrfs": ["btrfs", "rescue", "super-recover", "-y"]}


def run(*words):
    return subprocess.run(words, capture_output=True, text=True)


def must(*words):
    got = run(*words)
    assert got.returncode == 0, (words, got.stderr)
    return got.stdout.strip()


class Disk:
    """The recorded disk with a file system on it, mounted."""

    def __init__(self, place, name):
        size, mkfs, options = SYSTEMS[name]
        self.base, self.at, self.size = f"{place}/fuse", f"{place}/mnt", size << 20
        self.trace, self.loop, self.mounted = f"{place}/trace", None, False
        os.mkdir(self.base)
        os.mkdir(self.at)
        self.process = subprocess.Popen([os.path.join(BUILT, "disk"), self.base, str(size), self.trace],
                                        stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 10
        while not os.path.exists(f"{self.base}/disk") and time.monotonic() < end:
            assert self.process.poll() is None, self.process.stderr.read()
            time.sleep(0.02)
        self.loop = must("losetup", "--find", "--show", f"{self.base}/disk")
        must(*mkfs, self.loop)
        must("mount", "-t", name.split()[0], "-o", options, self.loop, self.at)
        self.mounted = True

    def position(self):
        return os.stat(self.trace).st_size

    def close(self):
        if self.mounted:
            run("umount", self.at)
        if self.loop:
            run("losetup", "-d", self.loop)
        for _ in range(50):  # the loop device lets go of the file a moment later
            if run("umount", self.base).returncode == 0:
                break
            time.sleep(0.1)
        self.process.wait(10)


def events(path):
    """(end of the event in the trace, offset, bytes); offset FLUSH for a flush."""
    with open(path, "rb") as file:
        while head := file.read(16):
            offset, size = struct.unpack("QQ", head)
            yield file.tell() + size, offset, file.read(size)


def torn(pending, chance):
    """Random sectors of the writes that no flush had settled: none, all, or some of each."""
    share = chance.choice([0, 0.2, 0.5, 0.8, 1])
    for offset, data in pending:
        for at in range(0, len(data), SECTOR):
            if chance.random() < share:
                yield offset + at, data[at:at + SECTOR]


def look(place, name, image, final, promises, due):
    """0 sound, 1 damaged, 2 lost, 3 cannot be mounted, 4 sound after a repair; and why."""
    kind, at, scratch = name.split()[0], f"{place}/look", f"{place}/scratch"
    os.makedirs(at, exist_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)
    os.mkdir(scratch)
    with open(f"{place}/acks", "w") as file:
        file.write("".join(line + "\n" for _, line in promises))
    got = run("mount", "-t", kind, "-o", "loop", image, at)
    repaired = got.returncode and kind in REPAIRS
    if repaired:
        run(*REPAIRS[kind], image)
        got = run("mount", "-t", kind, "-o", "loop", image, at)
    if got.returncode:
        return 3, got.stderr.strip()
    try:
        judged = run(os.path.join(BUILT, "look"), at, final, f"{place}/acks", str(due), scratch)
        outcome = judged.returncode if judged.returncode in (0, 1, 2) else 1
        why = (judged.stdout + judged.stderr).strip()
        return (4, "a repair was needed") if outcome == 0 and repaired else (outcome, why)
    finally:
        must("umount", at)
        if kind == "btrfs":
            run("btrfs", "device", "scan", "--forget")


def replay(place, name, disk, begin, promises, final):
    """Cuts at random block events behind `begin`; how many of each outcome."""
    chance, outcomes, shown = random.Random(1), [0] * 5, 0
    ends = [end for end, _, _ in events(disk.trace) if end > begin]
    chosen = set(chance.sample(ends, min(CUTS, len(ends))))
    base, image, pending = f"{place}/base", f"{place}/image", []
    with open(base, "wb") as file:
        file.truncate(disk.size)
        for end, offset, data in events(disk.trace):
            if offset == FLUSH:
                for at, piece in pending:
                    os.pwrite(file.fileno(), piece, at)
                pending = []
            else:
                pending.append((offset, data))
            if end not in chosen:
                continue
            must("cp", "--sparse=always", base, image)
            with open(image, "r+b") as cut:
                for at, piece in torn(pending, chance):
                    os.pwrite(cut.fileno(), piece, at)
            due = sum(position <= end for position, _ in promises)
            outcome, why = look(place, name, image, final, promises, due)
            outcomes[outcome] += 1
            if outcome and shown < 4:
                shown += 1
                print(f"      {name}, cut at byte {end} of the trace, {due} answers: {why[:200]}")
    return outcomes


def cut(name):
    with tempfile.TemporaryDirectory(prefix="sleuth-block-") as place:
        disk = Disk(place, name)
        try:
            begin = disk.position()
            work = Workload(ROUNDS, f"{disk.at}/data", position=disk.position)
            check(f"{name}: the server works and stops in order", work.code == 0 and not work.problems,
                  work.problems or work.appliance.errors()[-300:])
            shutil.copytree(f"{disk.at}/data", f"{place}/final/data",
                            ignore=lambda _, names: [n for n in names if n.endswith(".sock")])
        finally:
            disk.close()
        return replay(place, name, disk, begin, work.promises, f"{place}/final"), len(work.promises)


def missing(name):
    """What this machine lacks for a file system, or None."""
    kind = name.split()[0]
    with open("/proc/filesystems") as file:
        known = {line.split()[-1] for line in file}
    for what, is_there in (("root", os.geteuid() == 0),
                           ("/dev/fuse", os.access("/dev/fuse", os.R_OK | os.W_OK)),
                           ("loop devices", os.path.exists("/dev/loop-control")),
                           (SYSTEMS[name][1][0], shutil.which(SYSTEMS[name][1][0])),
                           (f"{kind} in the kernel", kind in known)):
        if not is_there:
            return what
    return None


names, ran = sys.argv[2:] or list(SYSTEMS), 0
for name in names:
    if lack := missing(name):
        print(f"SKIPPED {name}: no {lack}")
        continue
    ran += 1
    (sound, damaged, lost, dead, repaired), promised = cut(name)
    line = (f"{name}: {sound + damaged + lost + dead + repaired} cuts of {promised} answers: {sound} "
            f"sound, {repaired} after a repair, {damaged} damaged, {lost} with losses, {dead} not mountable")
    print("figure: " + line)
    if "nobarrier" in name:
        check(f"{name}: the control is noticed", damaged + lost + dead > 0, line)
    else:
        check(f"{name}: nothing is lost or damaged", damaged + lost + dead == 0 and sound > 0, line)
if not ran:
    sys.exit(77)
done()
