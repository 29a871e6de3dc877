// Pictures of every page in both languages and themes, on desk and phone: make screenshots.
import { mkdirSync, readFileSync } from "node:fs";
import { harnessLogs } from "./logs.mjs";
import { ADMIN, PASSWORD, signIn, startBare, startBrowser, startServer } from "./server.mjs";

const OUT = "build/screenshots";
const PAGES = { landing: "/", app: "/app", pricing: "/pricing", docs: "/docs", doc: "/docs/detection",
  api: "/docs/api", login: "/login", signup: "/signup", reset: "/reset", problem: "/problems/rate_limit_day", missing: "/no-such-page" };
const SIGNED_IN = { overview: "/dashboard", new: "/dashboard/new", analyses: "/dashboard/analyses",
  projects: "/dashboard/projects", datasets: "/dashboard/datasets", files: "/dashboard/files", jobs: "/dashboard/jobs",
  keys: "/dashboard/keys", hooks: "/dashboard/hooks", usage: "/dashboard/usage", billing: "/dashboard/billing", account: "/dashboard/account",
  status: "/status" };
const FOR_ADMINS = { users: "/dashboard/admin/users", audit: "/dashboard/admin/audit", system: "/dashboard/admin/system" };
const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const ONLY = process.env.SHOTS ?? ""; // SHOTS=overview make screenshots: names that begin so
const server = await startServer();
const { page, close } = await startBrowser(server.url, [server.provider]);
let count = 0;

async function shoot(name, fullPage = true) {
  for (const colorScheme of ["light", "dark"])
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await page.screenshot({ path: `${OUT}/${name}-${colorScheme}-${size}.png`, fullPage });
      count++;
    }
}

// Dialogs as they stand over their page: name, page, the button that opens it, what is done inside.
const DIALOGS = [
  ["create-key", "/dashboard/keys", 'p [data-open="create"]'],
  ["revoke-key", "/dashboard/keys", 'tbody [data-open="revoke"]'],
  ["second-factor", "/dashboard/account", '[data-open="totp"]', async () => {
    await page.fill('[data-dialog="totp"] [name=password]', PASSWORD);
    await page.click('[data-dialog="totp"] [type=submit]');
    await page.waitForSelector('[data-dialog="totp-code"][open]');
  }],
  ["freeze", "/dashboard/projects", 'p [data-open="create"]', async () => {
    await page.fill("#f-name", "autumn release");
    await page.click('[data-dialog="create"] [type=submit]');
    await page.waitForURL("**/projects/prj_*");
    await page.click('[data-open="freeze"]');
  }],
];

async function shootDialogs() {
  for (const [name, path, opener, inside] of DIALOGS.filter(([name]) => name.startsWith(ONLY)))
    for (const language of ["en", "zh"]) {
      await page.setViewportSize(SIZES.desk);
      await page.context().addCookies([{ name: "sleuth_lang", value: language, url: server.url }]);
      await page.goto(server.url + path);
      await page.click(opener);
      if (inside) await inside();
      await shoot(`${name}-${language}`, false);
    }
  await page.context().clearCookies({ name: "sleuth_lang" });
}

async function shootAll(pages) {
  for (const [name, path] of Object.entries(pages).filter(([name]) => name.startsWith(ONLY)))
    for (const language of ["en", "zh"]) {
      await page.goto(`${server.url}${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
      await shoot(`${name}-${language}`);
    }
}

// A result on the page of a new analysis; the label is the name of the picture.
async function shootResult(name, sample, language) {
  await page.goto(`${server.url}/dashboard/new?lang=${language}`);
  if (typeof sample === "string") await page.click(`[data-sample*="${sample}"]`);
  else await page.setInputFiles("#file", sample);
  await page.waitForSelector("[data-preview] table");
  if (name.startsWith("result")) await shoot(`preview-${language}`);
  await page.fill("#label", name);
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForSelector("[data-report] .rp", { timeout: 60000 });
  await shoot(`${name}-${language}`);
}

// Something on every page: calls of the API as the page itself makes them.
async function seed() {
  await page.goto(`${server.url}/dashboard/new`);
  return page.evaluate(async ({ csv, early, late, heard }) => {
    const token = (await (await fetch("/api/me")).json()).csrf_token;
    const post = async (path, body) => {
      const form = body instanceof FormData;
      const answer = await fetch(path, { method: "POST", body: form ? body : JSON.stringify(body),
        headers: { ...(form ? {} : { "Content-Type": "application/json" }), "X-CSRF-Token": token } });
      return answer.json();
    };
    const logs = (list) => {
      const form = new FormData();
      for (const log of list) form.append("log", new Blob([log.text]), log.name);
      return form;
    };
    for (const [label, seed] of [["spring", 1], ["autumn", 2]])
      await post("/api/detect", { csv_data: csv, label, tags: [label], seed });
    await post("/api/dashboard/keys", { name: "ci", scopes: ["detect", "usage:read"] });
    await post("/api/dashboard/keys", { name: "laptop", expires_in_days: 10 });
    const read = await (await fetch("/api/ledger", { method: "POST", body: logs(early.slice(0, 1)), headers: { "X-CSRF-Token": token } })).json();
    const { id } = await post("/api/projects", { name: "spring release", description: "gsm8k on every candidate", metric: "acc,none" });
    await post(`/api/projects/${id}/freeze`, { protocol: read.ledger[0].protocol, splits: ["unknown", "test"], metric: read.ledger[0].metric, planned_rounds: 20 });
    await post(`/api/projects/${id}/rounds`, logs(early));
    await post(`/api/projects/${id}/rounds`, logs(late));
    await post(`/api/projects/${id}/reviews`, { decision: "sign", role: "preparer", comment: "limit lowered to save time" });
    await post("/api/datasets/fetch", { source: "zenodo://1003/eval v1.csv" });
    const hook = await post("/api/hooks", { url: `${heard}/told`, events: ["job.finished"] });
    await post(`/api/hooks/${hook.id}/test`);
    const sets = (await (await fetch("/api/datasets")).json()).datasets;
    const file = new FormData();
    file.append("file", new Blob([csv]), "spring.csv");
    const stored = await post("/api/files", file);
    const job = await post("/api/jobs", { kind: "detect", input: { csv_data: csv, label: "nightly" } });
    return { project: id, file: stored.id, job: job.job.id, hook: hook.id, dataset: sets[0].id };
  }, { csv: readFileSync("web/samples/adaptive.csv", "utf8"), heard: server.listener.url,
    early: harnessLogs(1, 3, Math.floor(Date.now() / 1000)).map((log) => ({ name: log.name, text: log.buffer.toString() })),
    late: harnessLogs(7, 9, Math.floor(Date.now() / 1000)).map((log) => ({ name: log.name, text: log.buffer.toString() })) });
}

// Whatever happens, nothing is left running.
process.on("uncaughtException", async (error) => {
  console.error(error);
  await close();
  await server.stop();
  process.exit(1);
});

mkdirSync(OUT, { recursive: true });
if (!ONLY) { // before set-up, every page says what to run
  const bare = await startBare();
  for (const language of ["en", "zh"]) {
    await page.goto(`${bare.url}/dashboard?lang=${language}`);
    await shoot(`before-setup-${language}`);
  }
  await bare.stop();
}
await shootAll(PAGES);
await signIn(page, server.url);
const made = await seed();
if ("result".startsWith(ONLY) || ONLY.startsWith("result"))
  for (const language of ["en", "zh"]) {
    await shootResult("result", "adaptive.csv", language);
    await shootResult("honest", "honest.csv", language);
    await shootResult("short", "too_short.csv", language);
    await shootResult("logs", harnessLogs(), language);
  }
await shootAll(SIGNED_IN);
await page.goto(`${server.url}/dashboard/analyses`);
const stored = await page.locator("tbody a[href^='/dashboard/analyses/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
const ids = stored.slice(0, 2).map((path) => path.split("/").pop());
await shootAll({ analysis: stored[0], project: `/dashboard/projects/${made.project}`, file: `/dashboard/files/${made.file}`,
  job: `/dashboard/jobs/${made.job}`, hook: `/dashboard/hooks/${made.hook}`, dataset: `/dashboard/datasets/${made.dataset}`, compare: ids.length === 2 ? `/dashboard/compare?ids=${ids.join(",")}` : "/dashboard/compare" });
await shootDialogs();
await page.goto(`${server.url}/dashboard`);
await page.click("[data-sign-out]");
await page.waitForURL(`${server.url}/`);
await signIn(page, server.url, ADMIN);
await shootAll(FOR_ADMINS);
await close();
await server.stop();
console.log(`${count} pictures in ${OUT}`);
