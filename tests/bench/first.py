"""From an unmodified log directory to the first true finding: first.py SLEUTH

Writes 1,000 made-up log files of each source, in which one thing changed half-way, runs `sleuth
detect DIR` without flags on a terminal, and prints the time (best of three), the processor time, and whether the
finding and a progress line were shown. Exits 1 when one of them is missing or the time is 3 s or
more; while the machine has more to do than cores, the processor time counts instead. Real logs of samples are larger: half of Inspect's and lm-evaluation-harness's files carry
200 KB of samples, which a reader has to pass over.
"""
import json
import os
import pty
import re
import resource
import subprocess
import sys
import tempfile
import time

SLEUTH, FILES, SECONDS_MAX = sys.argv[1], 1000, 3.0
START = 1767225600


def score(i):
    return 0.4 + (i * 7919 % 1000) / 10000


def later(i):
    return i >= FILES // 2


def filler(i):
    return [{"id": n, "input": "x" * 180, "target": "y"} for n in range(1000)] if i % 2 else []


def lm_eval(i):
    task = "gsm8k"
    return "m/results_%d.json" % i, json.dumps({
        "results": {task: {"alias": task, "exact_match,none": score(i), "exact_match_stderr,none": 0.013}},
        "configs": {task: {"task": task, "num_fewshot": 5, "description": "d" * 2000}},
        "versions": {task: 3}, "n-shot": {task: 5}, "n-samples": {task: {"original": 1319, "effective": 1319}},
        "config": {"model": "hf", "model_args": "pretrained=acme/m-1", "limit": None, "samples": filler(i)},
        "date": START + 3600.0 * i, "model_name": "acme/m-1", "lm_eval_version": "0.4.9" if later(i) else "0.4.8"})


def inspect(i):
    created = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(START + 3600 * i))
    return "log_%d.json" % i, json.dumps({
        "version": 2, "status": "success",
        "eval": {"run_id": "r%d" % i, "eval_id": "e%d" % i, "created": created, "task": "math", "task_version": 0,
                 "model": "openai/x", "dataset": {"name": "MATH", "samples": 500}, "config": {"epochs": 1},
                 "packages": {"inspect_ai": "0.3.140"}, "model_roles": {"grader": {"model": "g2" if later(i) else "g1"}},
                 "solver": "chain", "scorers": [{"name": "match"}]},
        "results": {"total_samples": 500, "completed_samples": 500,
                    "scores": [{"name": "match", "metrics": {"accuracy": {"value": score(i)}}}]},
        "samples": filler(i)})


def opencompass(i):
    stamp = time.strftime("%Y%m%d_%H%M%S", time.gmtime(START + 3600 * i))
    return "%s/summary/summary_%s.csv" % (stamp, stamp), (
        "dataset,version,metric,mode,m-1\nmmlu,%s,accuracy,gen,%.2f\ngsm8k,1d7fe4,accuracy,gen,%.2f\n"
        % ("b2" if later(i) else "a1", 100 * score(i), 100 * score(i + 1)))


def mlflow(i):
    return "runs_%d.csv" % i, (
        "run_id,status,start_time,metrics.acc,params.model,params.prompt_template,tags.mlflow.source.git.commit\n"
        "r%d,FINISHED,%d,%.4f,m-1,%s,abc1234\n" % (i, (START + 3600 * i) * 1000, score(i), "p2" if later(i) else "p1"))


def wandb(i):
    config = json.dumps({"model": "m-1", "task": "qa", "judge_model": "j2" if later(i) else "j1"})
    summary = json.dumps({"acc": score(i), "_timestamp": START + 3600.0 * i})
    quote = '"' + '""'.join(config.split('"')) + '","' + '""'.join(summary.split('"')) + '"'
    return "export_%d.csv" % i, "name,config,summary\nrun-%d,%s\n" % (i, quote)


def every_eval_ever(i):
    return "e_%d.json" % i, json.dumps({
        "schema_version": "0.3.0", "evaluation_id": "e/%d" % i, "evaluation_timestamp": str(START + 3600 * i),
        "retrieved_timestamp": "1800000000",
        "source_metadata": {"source_type": "evaluation_run", "source_organization_name": "a", "evaluator_relationship": "other"},
        "eval_library": {"name": "lm_eval", "version": "0.4.9" if later(i) else "0.4.8"},
        "model_info": {"name": "m", "id": "acme/m-1"},
        "evaluation_results": [{"evaluation_name": "gsm8k", "source_data": {"dataset_name": "g", "source_type": "other"},
                                "metric_config": {"metric_name": "em", "lower_is_better": False},
                                "score_details": {"score": score(i)}}]})


SOURCES = [("lm-evaluation-harness", lm_eval, "lm_eval_version: 0.4.8 → 0.4.9"),
           ("Inspect", inspect, "model_roles.grader: g1 → g2"),
           ("OpenCompass", opencompass, "version: a1 → b2"),
           ("MLflow", mlflow, "prompt_template: p1 → p2"),
           ("Weights & Biases", wandb, "judge_model: j1 → j2"),
           ("Every Eval Ever", every_eval_ever, "harness_version: 0.4.8 → 0.4.9")]


def on_a_terminal(directory):
    """Standard output to a pipe, standard error to a pseudo-terminal, as with `| less`."""
    master, slave = pty.openpty()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = subprocess.Popen([SLEUTH, "detect", directory, "--lang", "en"], stdout=subprocess.PIPE, stderr=slave)
    os.close(slave)
    out = process.stdout.read().decode()
    code = process.wait()
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    err = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        err += part
    os.close(master)
    return out, err.decode(), code, seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


busy = os.getloadavg()[0] > os.cpu_count()
missed = []
for name, write, finding in SOURCES:
    with tempfile.TemporaryDirectory() as directory:
        size = 0
        for i in range(FILES):
            path, text = write(i)
            path = os.path.join(directory, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            size += len(text)
        out, err, code, seconds, cpu = min((on_a_terminal(directory) for _ in range(3)), key=lambda run: run[3])
    found = re.search(finding, out) is not None
    shown = "reading logs" in err
    good = found and code in (0, 1) and (cpu if busy else seconds) < SECONDS_MAX and (shown or cpu < 0.5)
    print("%-24s %4d files %6.1f MB   %5.2f s   cpu %5.2f s   finding %s   progress %s%s"
          % (name, FILES, size / 1e6, seconds, cpu, "shown" if found else "MISSING",
             "shown" if shown else "not needed" if cpu < 0.5 else "MISSING", "" if good else "   MISSED"))
    if not good:
        missed.append(name)
        print(out[:2000], err[-500:], code, sep="\n", file=sys.stderr)
print("load %.1f on %d cores: judged by %s" % (os.getloadavg()[0], os.cpu_count(), "processor time" if busy else "time"))
sys.exit(1 if missed else 0)
