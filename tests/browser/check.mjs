// One server, one browser, and what every walk does with them: check, look, audit.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { startBrowser, startServer } from "./server.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const server = await startServer();
export const { url } = server;
export const others = [server.provider]; // further servers that pages may come from
const browser = await startBrowser(url, others);
export const { context, page, faults } = browser;
let bad = 0;

export function check(what, holds, shown = "") {
  console.log(`${holds ? "ok    " : "FAIL  "}${what}${holds ? "" : `  ${String(shown).slice(0, 1500)}`}`);
  bad += !holds;
}

// The script of axe goes in through the debugger, so the page's own policy stays in force.
export async function audit(path) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    check(`axe: ${path}, ${scheme}`, violations.length === 0,
      violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target).join(" ")} (${v.nodes[0].failureSummary?.split("\n")[1]})`).join("\n        "));
  }
  await page.emulateMedia({ colorScheme: "light" });
}

export async function open(path, language) {
  const answer = await page.goto(`${url}${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
  const lang = await page.getAttribute("html", "lang");
  const heads = await page.locator("h1").count();
  check(`${path} in ${language} is a page with one heading`,
    answer.status() === 200 && lang.startsWith(language) && heads === 1, `${answer.status()} ${lang} ${heads} h1`);
}

// Nothing sticks out at the side of a phone.
export async function checkPhone(path) {
  await page.setViewportSize({ width: 390, height: 844 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  check(`${path} fits a phone`, width <= 390, width);
  await page.setViewportSize({ width: 1280, height: 720 });
}

export async function visit(paths) {
  for (const path of paths)
    for (const language of ["en", "zh"]) {
      await open(path, language);
      await audit(`${path} in ${language}`);
      await checkPhone(path);
    }
}

export async function signOut() {
  await page.goto(`${url}/dashboard`);
  await page.click("[data-sign-out]");
  await page.waitForURL(`${url}/`);
}

// Presses the button of a dialog's form and waits for the page that follows.
export async function submitDialog(name) {
  await Promise.all([page.waitForNavigation(), page.click(`[data-dialog="${name}"] [type=submit]`)]);
}

// The same request that curl would send: the key in a header, no cookie.
export function askWithKey(key, language = "en") {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/api/validate`, { method: "POST", rejectUnauthorized: false,
      headers: { "X-API-Key": key, "Content-Type": "text/csv", "Accept-Language": language } },
    (answer) => {
      let body = "";
      answer.on("data", (bytes) => { body += bytes; });
      answer.on("end", () => resolve({ status: answer.statusCode, body }));
    });
    sent.on("error", reject);
    sent.end(readFileSync("web/samples/adaptive.csv"));
  });
}

// Opens the form, names the key, reads it from the panel that shows it once.
export async function createKey(name) {
  await page.goto(`${url}/dashboard/keys`);
  await page.click('p [data-open="create"]');
  await page.fill("#f-name", name);
  await page.click('[data-dialog="create"] [type=submit]');
  await page.waitForSelector('[data-dialog="reveal"][open]');
  return page.inputValue("[data-secret]");
}

// What the browser says about an answer that was meant to fail is no fault.
export function forgive(pattern) {
  for (let i = faults.length; i-- > 0;)
    if (pattern.test(faults[i])) faults.splice(i, 1);
}

async function prepare() {
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
  await context.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
}

// Runs the named steps, each whatever became of the one before; prints what the browser complained about, ends the
// process.
export async function finish(steps) {
  await prepare();
  for (const [name, step] of steps)
    try {
      await step();
    } catch (error) {
      check(`the part '${name}' goes through`, false, `${page.url()} ${error.stack}`);
    }
  check("the browser has nothing to complain about", faults.length === 0, faults.slice(0, 20).join("\n        "));
  await browser.close();
  await server.stop();
  process.exit(bad ? 1 : 0);
}
