// Files and jobs: upload, first rows, an analysis in the background with its progress, cancel.
import { readFileSync } from "node:fs";
import { harnessLogs, longLog } from "./logs.mjs";
import { audit, check, page, url } from "./check.mjs";

async function walkFile() {
  await page.goto(`${url}/dashboard/files`);
  await page.setInputFiles("#upload", { name: "spring.csv", mimeType: "text/csv", buffer: readFileSync("web/samples/adaptive.csv") });
  await Promise.all([page.waitForNavigation(), page.click('[data-form="upload"] [type=submit]')]);
  await page.click("tbody a");
  await page.waitForSelector("table");
  check("the first rows of a stored file are shown", /atlas-7b/.test(await page.textContent("table")));
  await audit("/dashboard/files/:id");
  await page.click("a[href^='/dashboard/new?file=']");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForSelector("[data-report] .rp", { timeout: 30000 });
  check("a stored file is analysed", /settings followed/.test(await page.textContent("[data-report]")));
}

async function submitJob(draws, text) {
  await page.goto(`${url}/dashboard/new`);
  if (text) await page.setInputFiles("#file", { name: "long.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  else await page.click('[data-sample*="adaptive.csv"]');
  await page.click("details.card:has(#draws) > summary");
  await page.fill("#draws", String(draws));
  await page.check("[name=background]");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForURL("**/dashboard/jobs/job_*");
}

async function walkJob() {
  await submitJob(20000);
  await page.locator("a[href^='/dashboard/analyses/']").filter({ hasText: "Read the result" }).waitFor({ timeout: 60000 });
  check("the job's page shows its end by itself", true);
  await audit("/dashboard/jobs/:id");
  await page.click("text=Read the result");
  await page.waitForSelector(".rp .verdict");
  check("and leads to the result", /settings followed/.test(await page.textContent(".rp")));
  await submitJob(100000, longLog(100));
  await page.locator("[data-phase]", { hasText: /%/ }).waitFor({ timeout: 60000 });
  check("progress moves on the page", await page.locator("[data-bar]").getAttribute("value") !== null);
  await page.click('[data-open="cancel"]');
  await page.click('[data-dialog="cancel"] [type=submit]'); // the page loads again twice: for this, and for the end it hears of
  await page.locator(".tag", { hasText: "cancelled" }).waitFor();
  check("a running job can be cancelled", true);
}

// Result files of a tool in the background: a form that becomes a job.
async function walkLogsJob() {
  await page.goto(`${url}/dashboard/new`);
  await page.setInputFiles("#file", harnessLogs());
  await page.waitForSelector("[data-preview] table");
  await page.check("[name=background]");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForURL("**/dashboard/jobs/job_*");
  await page.locator("a", { hasText: "Read the result" }).click({ timeout: 60000 });
  await page.waitForSelector(".rp .verdict");
  check("logs of a tool are analysed in the background", /What changed between the runs/.test(await page.textContent(".rp")));
}

// A record is fetched by the server, analysed, and stays as a data set.
async function walkRecord() {
  await page.goto(`${url}/dashboard/new`);
  await page.fill("#f-source", "zenodo://1003/eval v1.csv");
  await page.fill("#label", "record");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForURL("**/dashboard/analyses/ana_*");
  await page.waitForSelector(".rp .verdict");
  check("a record of Zenodo is analysed", /settings followed/.test(await page.textContent(".rp")));
  await page.goto(`${url}/dashboard/datasets`);
  const row = await page.textContent("tbody tr");
  check("it is kept with licence and DOI", /Loopback evaluation set/.test(row) && /cc-by-4\.0/.test(row) && /10\.5072/.test(row), row);
  await page.click("a[href$='#citation']");
  check("and its citation", /@dataset\{/.test(await page.textContent("pre")));
  await audit("/dashboard/datasets/:id");
  await page.click("main a[href^='/dashboard/new?source=dataset:']");
  await page.fill("#label", "again");
  await page.click("details.card:has(#seed) > summary");
  await page.fill("#seed", "7");
  await page.check("[name=background]");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForURL("**/dashboard/jobs/job_*");
  await page.locator("a", { hasText: "Read the result" }).click({ timeout: 60000 });
  await page.waitForSelector(".rp .verdict");
  check("a stored data set is analysed in the background", true);
}

export async function walkWork() {
  await walkFile();
  await walkJob();
  await walkLogsJob();
  await walkRecord();
}
