// A real `sleuth serve` on a throw-away data directory that `sleuth setup` made, and Chromium to look at it.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { PAYLOADS } from "./payloads.mjs";

const SLEUTH = process.env.SLEUTH ?? "build/release/sleuth";
export const EMAIL = "ada@example.com"; // a user
export const REVIEWER = "rita@example.com";
export const FREE = "fred@example.com";
export const ADMIN = "root@example.com";
export const LANGUAGES = ["en", "zh"];
export const storyEmail = (language) => `story-${language}@example.com`; // whose day story.mjs tells
export const PASSWORD = "tulip brick ferry nine";

// The fakes of other services that the HTTP scenarios use, too: each prints where it is.
async function startFake(...words) {
  const child = spawn("python3", words, { stdio: ["ignore", "pipe", "ignore"] });
  const url = await new Promise((resolve, reject) => {
    let out = "";
    child.stdout.on("data", (bytes) => {
      out += bytes;
      const match = /(http:\S+)\n/.exec(out);
      if (match) resolve(match[1]);
    });
    child.on("exit", () => reject(new Error(`${words[0]} does not start`)));
  });
  return { child, url };
}

// A listener for webhooks: keeps what it is sent.
async function startListener() {
  const heard = [];
  const listener = createServer((request, answer) => {
    let body = "";
    request.on("data", (bytes) => { body += bytes; });
    request.on("end", () => { heard.push({ headers: request.headers, body }); answer.end(); });
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  return { heard, url: `http://127.0.0.1:${listener.address().port}`, close: () => listener.close() };
}

// `sleuth serve` with these words; waits until it listens.
async function serve(...words) {
  const child = spawn(SLEUTH, ["serve", ...words], { stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, STRIPE_SECRET_KEY: "sk_test_123" } });
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
  };
  return { url, stop };
}

// A server that nobody has set up yet.
export async function startBare() {
  const dir = mkdtempSync(join(tmpdir(), "sleuth-bare-"));
  const data = join(dir, "data");
  const password = join(dir, "password");
  writeFileSync(password, PASSWORD);
  const bare = await serve("--data", data, "--listen", "127.0.0.1:0");
  return { url: bare.url,
    setUp: () => execFileSync(SLEUTH, ["setup", "--non-interactive", "--admin-email", ADMIN,
      "--admin-password-file", password, "--data", data], { stdio: "pipe" }),
    stop: async () => {
      await bare.stop();
      rmSync(dir, { recursive: true, force: true });
    } };
}

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
  run("user", "create", FREE, "--password-file", password);
  for (const language of LANGUAGES)
    run("user", "create", storyEmail(language), "--plan", "pro", "--language", language, "--password-file", password);
  const texts = join(dir, "texts.json");
  writeFileSync(texts, JSON.stringify(PAYLOADS));
  const provider = await startFake("tests/http/stripe_fake.py", "--secret", "whsec_walk");
  const zenodo = await startFake("tests/http/zenodo_fake.py", texts);
  const listener = await startListener();
  appendFileSync(config, `\n[billing]\nmode = stripe\napi_base = ${provider.url}\nprice_pro = price_pro\n` +
    `price_business = price_business\nstripe_webhook_secret = whsec_walk\n[auth]\nopen_demo = true\nsignup = invite\n` +
    `[zenodo]\nbase_url = ${zenodo.url}\n[ratelimit]\nsession_per_minute = 100000\n[hooks]\nenabled = true\nallow = 127.0.0.0/8\n${settings}`);
  const served = await serve("--data", data, "--config", config);
  const stop = async () => {
    await served.stop();
    for (const fake of [provider, zenodo]) fake.child.kill("SIGTERM");
    listener.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { url: served.url, stop, run, provider: provider.url, listener };
}

// A context with a fresh profile; every complaint of the browser is collected in `faults`.
// `others` may be asked, too; tests may add to it.
export async function startBrowser(url, others, options = {}) {
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
      if (![url, ...others].some((known) => wanted.startsWith(known)) && !/^(data|blob|about):/.test(wanted))
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
