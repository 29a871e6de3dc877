// One person's way through every page, in a real browser: make browser-test.
import { walkAdmin, walkIdle, walkSecondFactor, walkSettings } from "./accounts.mjs";
import { walkAnalyses } from "./analyses.mjs";
import { askWithKey, check, context, createKey, finish, page, server, submitDialog, visit } from "./check.mjs";
import { walkCheckout } from "./checkout.mjs";
import { walkHooks } from "./hooks.mjs";
import { walkMeasure } from "./measure.mjs";
import { walkProjects } from "./projects.mjs";
import { walkChinese, walkKeyboard, walkVisitor, walkWithoutScripts } from "./reading.mjs";
import { walkWork } from "./work.mjs";
import { walkStory } from "./story.mjs";
import { PAYLOADS } from "./payloads.mjs";
import { LANGUAGES, signIn } from "./server.mjs";

const PUBLIC = ["/", "/app", "/pricing", "/docs", "/docs/api", "/login", "/reset", "/problems/rate_limit_day"];
const SIGNED_IN = ["/dashboard", "/dashboard/new", "/dashboard/analyses", "/dashboard/projects", "/dashboard/keys", "/dashboard/hooks",
  "/dashboard/usage", "/dashboard/account", "/dashboard/files", "/dashboard/jobs", "/dashboard/datasets",
  "/dashboard/billing", "/dashboard/compare", "/status"];

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
  check("the key works", (await askWithKey(key)).status === 200);
  return key;
}

async function walkRevoke(key) {
  await page.goto(`${server.url}/dashboard/keys`);
  await page.click('[data-open="revoke"][data-name="walk"]');
  await page.fill('[data-dialog="revoke"] [data-confirm]', "wrong");
  await page.click('[data-dialog="revoke"] [type=submit]');
  check("a wrong name revokes nothing", (await askWithKey(key)).status === 200);
  await page.fill('[data-dialog="revoke"] [data-confirm]', "walk");
  await submitDialog("revoke");
  check("the revoked key is refused", (await askWithKey(key)).status === 401);
}

// Names, labels, texts and file names that would run if any page forgot to escape them.
async function storePayloads() {
  return page.evaluate(async (payloads) => {
    const token = (await (await fetch("/api/me")).json()).csrf_token;
    const log = await (await fetch(document.querySelector("[data-sample]").dataset.sample)).text();
    const send = async (method, path, body) => {
      const answer = await fetch(path, { method, body: body instanceof FormData ? body : JSON.stringify(body),
        headers: { ...(body instanceof FormData ? {} : { "Content-Type": "application/json" }), "X-CSRF-Token": token } });
      return { status: answer.status, body: await answer.json().catch(() => ({})) };
    };
    const bad = [];
    for (const [i, payload] of payloads.entries()) {
      const name = payload.slice(0, 100);
      const form = new FormData();
      form.append("file", new Blob([`${log}# ${i}\n`]), payload.replaceAll("/", "_").slice(0, 80));
      const got = [await send("POST", "/api/dashboard/keys", { name }),
        await send("POST", "/api/detect", { csv_data: log.replaceAll("atlas-7b", JSON.stringify(name)), label: payload, draws: 0, seed: 1000 + i, tags: [payload.replaceAll(",", ";").slice(0, 50)] }),
        await send("POST", "/api/projects", { name, description: payload, task: name, metric: name }),
        await send("POST", "/api/files", form)];
      const wanted = [201, 200, 201, 201];
      if (got.some(({ status }, n) => status !== wanted[n])) bad.push(`${i}: ${got.map((g) => g.status)}`);
    }
    const project = (await send("POST", "/api/projects", { name: payloads[0].slice(0, 100) })).body.id;
    await send("POST", `/api/projects/${project}/rounds`, { csv_data: log });
    for (const payload of payloads)
      await send("POST", `/api/projects/${project}/reviews`, { decision: "comment", comment: payload, role: "preparer" });
    await send("PATCH", "/api/me", { name: payloads[12] });
    return { bad, project };
  }, PAYLOADS);
}

async function walkPayloads() {
  await page.goto(`${server.url}/dashboard/new`);
  const { bad, project } = await storePayloads();
  check("every payload is stored as a name and a label", bad.length === 0, bad.join(", "));
  const lists = [...SIGNED_IN, `/dashboard/projects/${project}`];
  await page.goto(`${server.url}/dashboard/analyses`);
  for (const link of await page.locator("tbody a").evaluateAll((all) => all.slice(0, 6).map((a) => a.getAttribute("href"))))
    lists.push(link);
  await page.goto(`${server.url}/dashboard/files`);
  lists.push(await page.locator("tbody a").first().getAttribute("href"));
  for (const path of lists) {
    await page.goto(`${server.url}${path}`);
    await page.waitForTimeout(100);
    check(`no payload runs on ${path.slice(0, 40)}`, await page.evaluate(() => window.pwned === undefined));
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
async function walkStories() {
  for (const language of LANGUAGES) await walkStory(language);
}

const parts = { story: walkStories, keys: walkKeys, analyses: walkAnalyses, projects: walkProjects, admin: walkAdmin, work: walkWork,
  checkout: walkCheckout, hooks: walkHooks, measure: walkMeasure, chinese: walkChinese, keyboard: walkKeyboard, visitor: walkVisitor, idle: walkIdle,
  reading: () => walkWithoutScripts(SIGNED_IN), payloads: walkPayloads };

if (process.env.WALK)
  finish(async () => {
    if (!["admin", "checkout", "story", "visitor"].includes(process.env.WALK)) await signIn(page, server.url);
    await parts[process.env.WALK]();
  });
else finish(async () => {
  await visit(PUBLIC);
  await page.goto(`${server.url}/login?lang=en`);
  await context.clearCookies();
  await walkWithoutScripts(PUBLIC);
  await walkVisitor();
  await walkStories();
  await walkAdmin();
  await walkCheckout();
  await signIn(page, server.url);
  const key = await walkKeys();
  await walkAnalyses();
  await walkProjects();
  await walkWork();
  await walkHooks();
  await walkMeasure();
  await walkKeyboard();
  await walkChinese();
  await walkWithoutScripts(SIGNED_IN);
  await visit(SIGNED_IN);
  await walkSettings();
  await walkSecondFactor();
  await walkRevoke(key);
  await page.goto(`${server.url}/dashboard/new`);
  await walkPayloads();
  await walkLinks();
  await walkIdle();
  await walkFrame();
});
