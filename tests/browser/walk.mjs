// One person's way through every page, in a real browser: make browser-test.
import { walkAdmin, walkIdle, walkSecondFactor, walkSettings } from "./accounts.mjs";
import { walkAnalyses } from "./analyses.mjs";
import { askWithKey, check, context, createKey, finish, page, server, submitDialog, visit } from "./check.mjs";
import { walkCheckout } from "./checkout.mjs";
import { walkDetails, walkDocs } from "./details.mjs";
import { walkHooks } from "./hooks.mjs";
import { walkMeasure } from "./measure.mjs";
import { walkProjects } from "./projects.mjs";
import { walkChinese, walkKeyboard, walkVisitor, walkWithoutScripts } from "./reading.mjs";
import { walkWork } from "./work.mjs";
import { walkStory } from "./story.mjs";
import { walkPayloads } from "./hostile.mjs";
import { LANGUAGES, signIn } from "./server.mjs";

const PUBLIC = ["/", "/app", "/pricing", "/docs", "/docs/api", "/login", "/signup", "/reset", "/problems/rate_limit_day"];
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

async function walkStories() {
  for (const language of LANGUAGES) await walkStory(language);
}

async function walkPublic() {
  await visit(PUBLIC);
  await page.goto(`${server.url}/login?lang=en`);
  await context.clearCookies();
  await walkWithoutScripts(PUBLIC);
}

let key;
// In this order; those behind `in` need somebody signed in, and some need what others have left.
const parts = { public: walkPublic, docs: walkDocs, visitor: walkVisitor, story: walkStories, admin: walkAdmin, checkout: walkCheckout,
  in: () => signIn(page, server.url), keys: async () => { key = await walkKeys(); }, analyses: walkAnalyses, projects: walkProjects,
  work: walkWork, hooks: walkHooks, measure: walkMeasure, keyboard: walkKeyboard, chinese: walkChinese,
  reading: () => walkWithoutScripts(SIGNED_IN), pages: () => visit(SIGNED_IN), details: walkDetails, settings: walkSettings,
  factor: walkSecondFactor, revoke: () => walkRevoke(key), payloads: walkPayloads, links: walkLinks, idle: walkIdle, frame: walkFrame };

// WALK=in,projects make browser-test: only these parts, for work on them.
const chosen = process.env.WALK?.split(",") ?? Object.keys(parts);
finish(chosen.map((name) => [name, parts[name]]));
