// Made-up result files of lm-evaluation-harness: fourteen runs, the limit of samples changed in the seventh.
// Times count days from `begin`, in seconds.
export function harnessLogs(from = 1, to = 14, begin = 1767225600) {
  const logs = [];
  for (let i = from; i <= to; i++)
    logs.push({ name: `results_2026-01-${String(i).padStart(2, "0")}.json`, mimeType: "application/json",
      buffer: Buffer.from(JSON.stringify({
        results: { gsm8k: { "acc,none": (400 + 7 * (i * i % 11)) / 1000, "acc_stderr,none": 0.013 } },
        versions: { gsm8k: 3 }, "n-shot": { gsm8k: 5 }, configs: {}, higher_is_better: { gsm8k: { acc: true } },
        config: { model: "hf", model_args: "pretrained=acme/m", limit: i < 7 ? 500 : 200 },
        git_hash: "abc1234", date: begin + i * 86400, model_name: "acme/m", lm_eval_version: "0.4.5"  })) });
  return logs;
}

// Many systems over forty rounds: with all re-orderings a matter of many seconds.
export function longLog(systems) {
  const lines = ["time_period,algorithm,performance,constraint_compute,temperature"];
  for (let t = 1; t <= 40; t++)
    for (let a = 0; a < systems; a++)
      lines.push(`${t},s${a},${(0.5 + ((t * 7 + a * 13) % 97) / 300).toFixed(4)},${100 + ((t * a) % 29) * 5},${((t + a) % 11) / 10}`);
  return `${lines.join("\n")}\n`;
}
