// One person's way through every page, in a real browser: make browser-test.
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { walkAdmin, walkSecondFactor, walkSettings } from "./accounts.mjs";
import { walkAnalyses } from "./analyses.mjs";
import { check, context, finish, page, server, submitDialog, visit } from "./check.mjs";
import { walkProjects } from "./projects.mjs";
import { walkWork } from "./work.mjs";
import { PAYLOADS } from "./payloads.mjs";
import { signIn } from "./server.mjs";

const PUBLIC = ["/", "/app", "/pricing", "/docs", "/docs/api", "/login", "/reset", "/problems/rate_limit_day"];
const SIGNED_IN = ["/dashboard", "/dashboard/new", "/dashboard/analyses", "/dashboard/projects", "/dashboard/keys",
  "/dashboard/usage", "/dashboard/account", "/dashboard/files", "/dashboard/jobs", "/dashboard/datasets",
  "/dashboard/billing", "/dashboard/compare", "/status"];

// The same request that curl would send: the key in a header, no cookie.
function statusWithKey(key) {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}/api/validate`, { method: "POST", rejectUnauthorized: false,
      headers: { "X-API-Key": key, "Content-Type": "text/csv" } },
    (answer) => { answer.resume(); answer.on("end", () => resolve(answer.statusCode)); });
    sent.on("error", reject);
    sent.end(readFileSync("web/samples/adaptive.csv"));
  });
}

async function createKey(name) {
  await page.goto(`${server.url}/dashboard/keys`);
  await page.click('[data-open="create"]');
  await page.fill("#f-name", name);
  await page.click('[data-dialog="create"] [type=submit]');
  await page.waitForSelector('[data-dialog="reveal"][open]');
  return page.inputValue("[data-secret]");
}

async function walkKeys() {
  const key = await createKey("walk");
  check("the key is shown once", /^sk_live_\S{40,}$/.test(key), key.slice(0, 8));
  await page.keyboard.press("Escape");
  check("Escape does not lose it", await page.isVisible("[data-secret]"));
  await page.click("[data-copy]");
  await page.waitForSelector("[data-copied]", { state: "visible" });
  check("it is on the clipboard", await page.evaluate(() => navigator.clipboard.readText()) === key);
  await Promise.all([page.waitForNavigation(), page.click("[data-saved]")]);
  check("it is nowhere on the page afterwards", !(await page.content()).includes(key));
  check("the key works", await statusWithKey(key) === 200);
  return key;
}

async function walkRevoke(key) {
  await page.goto(`${server.url}/dashboard/keys`);
  await page.click('[data-open="revoke"][data-name="walk"]');
  await page.fill('[data-dialog="revoke"] [data-confirm]', "wrong");
  await page.click('[data-dialog="revoke"] [type=submit]');
  check("a wrong name revokes nothing", await statusWithKey(key) === 200);
  await page.fill('[data-dialog="revoke"] [data-confirm]', "walk");
  await submitDialog("revoke");
  check("the revoked key is refused", await statusWithKey(key) === 401);
}

// Names and labels that would run if any page forgot to escape them.
async function walkPayloads() {
  const refused = await page.evaluate(async (payloads) => {
    const token = (await (await fetch("/api/me")).json()).csrf_token;
    const log = await (await fetch(document.querySelector("[data-sample]").dataset.sample)).text();
    const post = async (path, body) => (await fetch(path, { method: "POST", body: JSON.stringify(body),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token } })).status;
    const bad = [];
    for (const [i, payload] of payloads.entries()) {
      const key = await post("/api/dashboard/keys", { name: payload.slice(0, 100) });
      const run = await post("/api/detect?format=html",
        { csv_data: log, label: payload, draws: 0, seed: 1000 + i, tags: [payload.slice(0, 50)] });
      if (key !== 201 || run !== 200) bad.push(`${i}: ${key} ${run}`);
    }
    return bad;
  }, PAYLOADS);
  check("every payload is stored as a name and a label", refused.length === 0, refused.join(", "));
  for (const path of SIGNED_IN) {
    await page.goto(`${server.url}${path}`);
    await page.waitForTimeout(100);
    check(`no payload runs on ${path}`, await page.evaluate(() => window.pwned === undefined));
  }
  await page.goto(`${server.url}/dashboard/keys`);
  const names = await page.locator("tbody tr td:first-child").allTextContents();
  check("the payloads stand on the page as text", PAYLOADS.every((p) => names.includes(p.slice(0, 100))));
}

// No page offers a way to nowhere.
async function walkLinks() {
  const seen = new Set();
  for (const path of [...SIGNED_IN, "/", "/docs"]) {
    await page.goto(`${server.url}${path}`);
    const links = await page.locator("a[href^='/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    links.forEach((link) => seen.add(link.split("#")[0]));
  }
  for (const link of seen) {
    const answer = await context.request.get(server.url + link);
    check(`${link} leads somewhere`, answer.status() < 400, answer.status());
  }
}

async function walkFrame() {
  await page.goto(`${server.url}/dashboard`);
  await Promise.all([page.waitForNavigation(), page.click("[data-lang]")]);
  check("the language switch turns the page Chinese", (await page.getAttribute("html", "lang")) === "zh-CN");
  await page.goto(`${server.url}/dashboard/keys`);
  check("and the next page too", (await page.getAttribute("html", "lang")) === "zh-CN");
  await Promise.all([page.waitForNavigation(), page.click("[data-lang]")]);
  await page.click("[data-theme-toggle]");
  const dark = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.goto(`${server.url}/dashboard`);
  check("dark is remembered", dark === "rgb(16, 23, 31)" &&
    await page.getAttribute("html", "data-theme") === "dark", dark);
  await page.click("[data-theme-toggle]");
  await page.click("[data-sign-out]");
  await page.waitForURL(`${server.url}/`);
  await page.goto(`${server.url}/dashboard`);
  check("signed out, the dashboard asks to sign in", page.url().includes("/login?next=/dashboard"), page.url());
}

// WALK=projects make browser-test: only that part, for work on it.
const parts = { keys: walkKeys, analyses: walkAnalyses, projects: walkProjects, admin: walkAdmin, work: walkWork };

if (process.env.WALK)
  finish(async () => {
    if (process.env.WALK !== "admin") await signIn(page, server.url);
    await parts[process.env.WALK]();
  });
else finish(async () => {
  await visit(PUBLIC);
  await page.goto(`${server.url}/login?lang=en`);
  await context.clearCookies();
  await walkAdmin();
  await signIn(page, server.url);
  const key = await walkKeys();
  await walkAnalyses();
  await walkProjects();
  await walkWork();
  await visit(SIGNED_IN);
  await walkSettings();
  await walkSecondFactor();
  await walkRevoke(key);
  await page.goto(`${server.url}/dashboard/new`);
  await walkPayloads();
  await walkLinks();
  await walkFrame();
});
