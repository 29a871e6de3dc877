// Pictures of every page in both languages and themes, on desk and phone: make screenshots.
import { mkdirSync } from "node:fs";
import { signIn, startBrowser, startServer } from "./server.mjs";

const OUT = "build/screenshots";
const PAGES = { landing: "/", app: "/app", pricing: "/pricing", docs: "/docs", login: "/login",
  problem: "/problems/rate_limit_day", missing: "/no-such-page" };
const SIGNED_IN = { overview: "/dashboard", new: "/dashboard/new", analyses: "/dashboard/analyses",
  keys: "/dashboard/keys", usage: "/dashboard/usage", account: "/dashboard/account", status: "/status" };
// Only pages whose name begins so: SHOTS=overview make screenshots
const ONLY = process.env.SHOTS ?? "";
const SIZES = { desk: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const server = await startServer();
const { page, close } = await startBrowser(server.url, server.provider);
let count = 0;

async function shoot(name) {
  for (const colorScheme of ["light", "dark"])
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await page.screenshot({ path: `${OUT}/${name}-${colorScheme}-${size}.png`, fullPage: true });
      count++;
    }
}

async function shootAll(pages) {
  for (const [name, path] of Object.entries(pages).filter(([name]) => name.startsWith(ONLY)))
    for (const language of ["en", "zh"]) {
      await page.goto(`${server.url}${path}?lang=${language}`);
      await shoot(`${name}-${language}`);
    }
}

async function shootResult(language) {
  await page.goto(`${server.url}/dashboard/new?lang=${language}`);
  await page.click('[data-sample*="adaptive.csv"]');
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForSelector("[data-result] .rp");
  await shoot(`result-${language}`);
}

mkdirSync(OUT, { recursive: true });
await shootAll(PAGES);
await signIn(page, server.url);
for (const language of ["en", "zh"]) await shootResult(language);
await shootAll(SIGNED_IN);
await page.goto(`${server.url}/dashboard/analyses`);
const stored = await page.getAttribute("tbody a[href^='/dashboard/analyses/']", "href");
await shootAll({ analysis: stored });
await close();
await server.stop();
console.log(`${count} pictures in ${OUT}`);
