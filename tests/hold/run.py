"""Runs the tests of tests/hold/rows.tsv and tells for each requirement what its test printed.

run.py [--full] [--record] [ID...]

A test tells its figure on lines that begin with "figure: "; without one, its summary is taken. It
is skipped when it ends with 77 and says why on a line that begins with "SKIPPED". A test that
several rows name runs once. --record writes the figures into the table's last column.
"""
import os
import re
import signal
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TABLE = os.path.join(ROOT, "tests/hold/rows.tsv")
LOGS = os.path.join(ROOT, "build/hold")
SKIP = 77
LIMIT_S = {False: 1500, True: 6 * 3600}
COLUMNS = ["id", "what", "ci", "ci_size", "full", "full_size", "last"]


def table():
    """The rows in the file's order; an empty command means that no test exists yet."""
    rows = []
    with open(TABLE, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#") or not line.strip():
                continue
            cells = line.rstrip("\n").split("\t")
            if len(cells) != len(COLUMNS):
                sys.exit(f"{TABLE}: {len(cells)} cells instead of {len(COLUMNS)}: {line[:60]}")
            rows.append(dict(zip(COLUMNS, cells)))
    return rows


def command_of(row, full):
    """The full size where the table has one of its own."""
    return row["full"] if full and row["full"] != "-" else row["ci"]


def build(commands):
    """Makes every program of build/ that a command names, in one go."""
    programs = sorted({word for command in commands for word in command.split()
                       if word.startswith("build/release/")})
    if subprocess.run(["make", "--no-print-directory", "-j2", "all", *programs], cwd=ROOT).returncode:
        sys.exit("hold: the tests cannot be built")


def summary_of(lines):
    """What a test without a figure of its own has printed as its sum."""
    for line in reversed(lines):
        if match := re.search(r"Checks: (\d+), Failures: (\d+), Errors: (\d+)", line):
            return f"{match[1]} tests, {int(match[2]) + int(match[3])} failed"
    checks = [line.split()[0] for line in lines if re.match(r"(ok|FAIL|not ok)\b", line)]
    if checks:
        return f"{checks.count('ok')} checks, {len(checks) - checks.count('ok')} failed"
    return lines[-1][:200] if lines else "said nothing"


def run(command, full, log):
    """(state, figure, seconds) of one command; its output is kept in the file `log`."""
    begin = time.monotonic()
    with open(log, "w+", encoding="utf-8", errors="replace") as out:
        process = subprocess.Popen(["sh", "-c", command], cwd=ROOT, stdout=out, stderr=out,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        try:
            code = process.wait(LIMIT_S[full])
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            code = process.wait()
        out.seek(0)
        lines = [line.strip() for line in out if line.strip()]
    figures = [line[8:].strip() for line in lines if line.startswith("figure: ")]
    skips = [line for line in lines if line.startswith("SKIPPED")]
    figure = "; ".join(figures) or summary_of(lines)
    if code == SKIP:
        return "SKIPPED", skips[-1] if skips else figure, time.monotonic() - begin
    if skips:
        figure += " (" + "; ".join(skips) + ")"
    return "green" if code == 0 else "FAILED", figure, time.monotonic() - begin


def record(rows):
    """The table again, with what was measured in its last column."""
    lines = {tuple(row[name] for name in COLUMNS[:-1]): row for row in rows}
    with open(TABLE, encoding="utf-8") as file:
        old = file.read().split("\n")
    for i, line in enumerate(old):
        cells = line.split("\t")
        if row := lines.get(tuple(cells[:-1])):
            old[i] = "\t".join(row[name] for name in COLUMNS)
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write("\n".join(old))


def main():
    flags = {word for word in sys.argv[1:] if word.startswith("--")}
    wanted = [word for word in sys.argv[1:] if not word.startswith("--")]
    if flags - {"--full", "--record"}:
        sys.exit(__doc__)
    full = "--full" in flags
    rows = [row for row in table() if not wanted or row["id"] in wanted]
    os.makedirs(LOGS, exist_ok=True)
    build({command_of(row, full) for row in rows})
    begin, done, count = time.monotonic(), {}, {"green": 0, "FAILED": 0, "SKIPPED": 0, "NO TEST": 0}
    for row in rows:
        command = command_of(row, full)
        again = command in done
        if not command:
            done[command] = ("NO TEST", "to be written", 0)
        elif not again:
            done[command] = run(command, full, os.path.join(LOGS, f"{row['id']}-{len(done)}.log"))
        state, figure, seconds = done[command]
        count[state] += 1
        if state == "green":
            row["last"] = figure.replace("\t", " ")
        print(f"{row['id']:4} {state:7} {'  above' if again else f'{seconds:5.0f} s'}  {row['what']}\n"
              f"             {figure}", flush=True)
    print(f"hold: {count['green']} green, {count['FAILED']} failed, {count['SKIPPED']} skipped, "
          f"{count['NO TEST']} without a test, {time.monotonic() - begin:.0f} s; outputs in build/hold")
    if "--record" in flags:
        record(rows)
    sys.exit(count["FAILED"] + count["NO TEST"] > 0)


if __name__ == "__main__":
    main()
