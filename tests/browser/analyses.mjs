// Analyses in the browser: a sample, a table with other names, errors by line, logs of a harness, the sealed report.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { audit, check, forgive, page, submitDialog, url } from "./check.mjs";
import { harnessLogs } from "./logs.mjs";

const SLEUTH = process.env.SLEUTH ?? "build/release/sleuth";

async function analyse() {
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForSelector("[data-report] .rp", { timeout: 30000 });
  return page.textContent("[data-report]");
}

async function walkSample() {
  await page.goto(`${url}/dashboard/new`);
  await page.click('[data-sample*="adaptive.csv"]');
  await page.waitForSelector("[data-preview] table");
  await page.locator("[data-status]", { hasText: /80 rows, 4 systems/ }).waitFor();
  await page.fill("#label", "walk");
  const text = await analyse();
  check("the result names the verdict", /settings followed the results/.test(text), text.slice(0, 300));
  check("the form folds after a result", !await page.isVisible("#log"));
  check("the command is shown", /curl -H/.test(await page.textContent("[data-curl]")));
  await audit("/dashboard/new with a result");
  await page.goto(`${url}/dashboard`);
  check("the overview counts it", /^\s*1\s*\//.test(await page.textContent(".big")), await page.textContent(".big"));
}

async function walkTable() {
  const lines = readFileSync("web/samples/honest.csv", "utf8").trim().split("\n");
  await page.goto(`${url}/dashboard/new`);
  await page.fill("#log", lines.join("\n").replace("performance", "accuracy"));
  await page.waitForSelector("[data-preview] select", { state: "attached" });
  check("a score by another name is found", await page.locator("[data-preview] .notice.warn").count() === 0);
  const text = await analyse();
  check("no evidence never reads as cleared", /No such pattern found/.test(text) && /could miss/.test(text) &&
    !/no bias|all clear|cleared|sound/i.test(text.replace(/not an all-clear/g, "")), text.slice(0, 400));
  await page.goto(`${url}/dashboard/new`);
  lines[3] = lines[3].replace(/,0\.\d+/, ",n/a?");
  await page.fill("#log", lines.join("\n"));
  await page.click('[data-form="analyse"] [type=submit]');
  await page.click("[data-error] [data-line='4']");
  const chosen = await page.evaluate(() => { const f = document.getElementById("log"); return f.value.slice(f.selectionStart, f.selectionEnd); });
  check("an error leads to its line", chosen === lines[3], chosen);
  forgive(/status of 400/);
}

async function walkLogs() {
  await page.goto(`${url}/dashboard/new`);
  await page.setInputFiles("#file", harnessLogs());
  await page.waitForSelector("[data-preview] table");
  const shown = await page.textContent("[data-preview]");
  check("the runs of the harness are shown", /14 scores of 14 files, grade B/.test(shown), shown.slice(0, 200));
  const text = await analyse();
  check("what changed comes first", /What changed between the runs/.test(text.slice(0, 200)) && /limit/.test(text), text.slice(0, 300));
  check("the grade is named", /Input grade\s*B/.test(text.replace(/\s+/g, " ")));
}

// The sealed report goes to a file and is checked by the command line, as an auditor would.
async function walkSeal() {
  const dir = mkdtempSync(join(tmpdir(), "sleuth-seal-"));
  await page.goto(`${url}/dashboard/analyses?label=walk`);
  await page.click("tbody a[href^='/dashboard/analyses/']");
  await page.waitForSelector(".rp .verdict");
  await audit("/dashboard/analyses/:id");
  const id = page.url().split("/").pop().split("?")[0];
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("a[href*='/report.json']")]);
  const report = join(dir, "report.json");
  await file.saveAs(report);
  const key = await (await page.request.get(`${url}/.well-known/sleuth-signing-key`)).json();
  writeFileSync(join(dir, "key"), key.public_key);
  const said = execFileSync(SLEUTH, ["report", "verify", report, "--key", join(dir, "key")], { stdio: "pipe" }).toString();
  check("the downloaded report verifies", /adaptive_protocol_detected/.test(said), said);
  writeFileSync(report, readFileSync(report, "utf8").replace('"rows":80', '"rows":81').replace("0.05", "0.06"));
  let refused = false;
  try { execFileSync(SLEUTH, ["report", "verify", report, "--key", join(dir, "key")], { stdio: "pipe" }); } catch { refused = true; }
  check("a changed report does not", refused);
  rmSync(dir, { recursive: true });
  return id;
}

async function walkLabels(id) {
  await page.goto(`${url}/dashboard/analyses/${id}`);
  await page.click('[data-open="label"]');
  await page.fill("#f-label", "renamed");
  await page.fill("#f-tags", "spring, release");
  await submitDialog("label");
  check("label and tags change", /renamed/.test(await page.textContent(".title")) && /spring/.test(await page.textContent("main")));
  await page.goto(`${url}/dashboard/analyses?tag=spring`);
  check("the list filters by tag", await page.locator("tbody tr").count() === 1);
  await page.goto(`${url}/dashboard/analyses?tag=none`);
  check("an empty list says so", /No analysis fits/.test(await page.textContent("main")));
}

async function walkCompare() {
  await page.goto(`${url}/dashboard/analyses`);
  await page.click("tbody a[href^='/dashboard/analyses/']");
  await page.click("a[href^='/dashboard/analyses?with=']");
  await page.click("a[href^='/dashboard/compare?ids=']");
  check("two analyses are compared", /Same input/.test(await page.textContent("main")) && await page.locator("main table").count() > 0);
  await audit("/dashboard/compare");
}

export async function walkAnalyses() {
  await walkSample();
  await walkTable();
  await walkLogs();
  await walkLabels(await walkSeal());
  await walkCompare();
}
