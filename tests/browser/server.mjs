// A real `sleuth serve` on a throw-away data directory that `sleuth setup` made, and Chromium to look at it.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const SLEUTH = process.env.SLEUTH ?? "build/release/sleuth";
export const EMAIL = "ada@example.com"; // a user
export const REVIEWER = "rita@example.com";
export const ADMIN = "root@example.com";
export const PASSWORD = "tulip brick ferry nine";

export async function startServer(settings = "") {
  const dir = mkdtempSync(join(tmpdir(), "sleuth-browser-"));
  const data = join(dir, "data");
  const config = join(dir, "sleuth.conf");
  const password = join(dir, "password");
  const run = (...words) => execFileSync(SLEUTH, [...words, "--data", data, "--config", config], { stdio: "pipe" });
  writeFileSync(password, PASSWORD);
  run("setup", "--non-interactive", "--admin-email", ADMIN, "--admin-password-file", password,
    "--listen", "127.0.0.1:0");
  run("user", "create", EMAIL, "--plan", "enterprise", "--password-file", password);
  run("user", "create", REVIEWER, "--role", "reviewer", "--plan", "pro", "--name", "Rita Reviewer", "--password-file", password);
  if (settings) appendFileSync(config, settings);
  const child = spawn(SLEUTH, ["serve", "--data", data, "--config", config], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (bytes) => { said += bytes; });
  const url = await new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (bytes) => {
      out += bytes;
      const match = /listening (https:\S+)/.exec(out);
      if (match) resolve(match[1]);
    });
    child.on("exit", () => reject(new Error(`the server does not start: ${said}`)));
  });
  const stop = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  return { url, stop, run };
}

// A context with a fresh profile; every complaint of the browser is collected in `faults`.
export async function startBrowser(url, options = {}) {
  const profile = mkdtempSync(join(tmpdir(), "sleuth-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    ignoreHTTPSErrors: true,
    locale: "en-US",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ...options,
  });
  const faults = [];
  const watch = (page) => {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()))
        faults.push(`console ${message.type()} on ${page.url()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`exception on ${page.url()}: ${error.message}`));
    page.on("dialog", (dialog) => {
      faults.push(`alert on ${page.url()}: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("request", (request) => {
      const wanted = request.url();
      if (!wanted.startsWith(url) && !/^(data|blob|about):/.test(wanted))
        faults.push(`external request on ${page.url()}: ${wanted}`);
    });
  };
  context.on("page", watch);
  context.pages().forEach(watch);
  context.setDefaultTimeout(15000);
  const close = async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { context, faults, close, page: context.pages()[0] ?? await context.newPage() };
}

export async function signIn(page, url, email = EMAIL) {
  await page.goto(`${url}/login`);
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await page.click('[data-form="login"] [type=submit]');
  await page.waitForURL("**/dashboard");
}
