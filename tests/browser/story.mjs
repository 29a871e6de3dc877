// One day of one person, told in each language: set-up, sign-in, key, analyses with progress, result, sealed
// report, frozen project, signed review, revoked key, a larger plan, sign-out.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askWithKey, audit, check, checkPhone, createKey, forgive, others, page, submitDialog, url } from "./check.mjs";
import { harnessLogs, longLog } from "./logs.mjs";
import { ADMIN, PASSWORD, startBare, storyEmail } from "./server.mjs";

const SLEUTH = process.env.SLEUTH ?? "build/release/sleuth";
const today = Math.floor(Date.now() / 1000); // rounds begin after the freeze

const WORDS = {
  en: { lang: "en", notSetUp: /not set up yet/, verdict: /The test settings followed the results/, release: /Do not use this score for a release/,
    changed: /What changed between the runs/, next: /Next step:/, read: "Read the result", frozen: /Frozen protocol/,
    clean: /No open deviation/, deviation: /One deviation from the frozen protocol is not approved/, paid: /The payment is confirmed/, refused: /API key/i,
    missed: /could miss effects weaker than/, unknown: /cannot answer the question[^]*not an all-clear|not an all-clear[^]*cannot answer the question/,
    cleared: /no bias|all.clear|cleared|\bsound\b|\bsafe\b/i, english: /./ },
  zh: { lang: "zh-CN", notSetUp: /尚未完成设置/, verdict: /测试设置跟着结果走/, release: /请勿以此得分作为发布依据/,
    changed: /各次运行之间的改变/, next: /下一步：/, read: "查看结果", frozen: /已冻结的协议/,
    clean: /没有未批准的偏离/, deviation: /有 1 项偏离冻结协议/, paid: /付款已确认/, refused: /[\u4e00-\u9fff]/,
    missed: /可能漏掉弱于/, unknown: /不等于没有问题[^]*无法回答问题/, cleared: /没有偏差|无偏差|清白|可以放心|没有(?<!不等于没有)问题/,
    english: /\b(the|your|this|and|with|analysis|settings|rounds)\b/i },
};

let language, words;
const tell = (what, holds, shown) => check(`${language}: ${what}`, holds, shown);
const main = () => page.locator("main").innerText();

async function setUp() {
  const bare = await startBare();
  others.push(bare.url);
  const early = await page.goto(`${bare.url}/dashboard?lang=${language}`);
  tell("before set-up the page says what to run", early.status() === 503 && words.notSetUp.test(await main()) && /sleuth setup/.test(await main()), await main());
  await audit(`the page before set-up in ${language}`);
  forgive(/status of 503/);
  bare.setUp();
  await signIn(bare.url, ADMIN);
  tell("the first administrator signs in", await page.locator("a[href='/dashboard/admin/users']").count() === 1);
  await page.click("[data-sign-out]");
  await page.waitForURL(`${bare.url}/`);
  await bare.stop();
}

// The language is chosen once, with the link of the page, and stays.
async function signIn(where, email) {
  await page.goto(`${where}/login`);
  if (await page.getAttribute("html", "lang") !== words.lang)
    await Promise.all([page.waitForNavigation(), page.click("[data-lang]")]);
  await page.fill("#email", email);
  await page.fill("#password", PASSWORD);
  await page.click('[data-form="login"] [type=submit]');
  await page.waitForURL(`${where}/dashboard`);
  tell("signed in, the page keeps the language", await page.getAttribute("html", "lang") === words.lang);
}

async function copyKey() {
  const key = await createKey("ci");
  await page.click("[data-copy]");
  await page.waitForSelector("[data-copied]", { state: "visible" });
  tell("the key is copied", await page.evaluate(() => navigator.clipboard.readText()) === key);
  await Promise.all([page.waitForNavigation(), page.click("[data-saved]")]);
  tell("the key works", (await askWithKey(key)).status === 200);
  return key;
}

async function submitJob(file, label) {
  await page.goto(`${url}/dashboard/new`);
  await page.setInputFiles("#file", file);
  await page.waitForSelector("[data-preview] table");
  await page.fill("#label", label);
  await page.click("details.card:has(#draws) > summary");
  await page.fill("#draws", "10000");
  await page.check("[name=background]");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForURL("**/dashboard/jobs/job_*");
}

async function readResult() {
  await page.locator("main a", { hasText: words.read }).click({ timeout: 120000 });
  await page.waitForSelector(".rp .verdict");
  return page.innerText(".rp");
}

// Four hundred systems keep a worker busy for some seconds: the bar moves while the page is looked at.
async function watch() {
  await submitJob({ name: "long.csv", mimeType: "text/csv", buffer: Buffer.from(longLog(400)) }, "long");
  await page.waitForSelector("[data-phase]");
  const seen = new Set();
  for (let i = 0; i < 300 && seen.size < 2; i++) {
    const percent = /(\d+) %/.exec(await page.locator("[data-phase]").textContent({ timeout: 2000 }).catch(() => ""));
    if (percent) seen.add(percent[1]);
    await page.waitForTimeout(50);
  }
  tell("progress is watched", seen.size >= 2, [...seen].join());
  await readResult();
}

function untranslated(text) {
  return language === "zh" ? text.match(words.english) : null;
}

async function analyses() {
  await stranger("adaptive", words.release);
  await stranger("honest", words.missed);
  await stranger("too_short", words.unknown);
  await watch();
  await submitJob("web/samples/adaptive.csv", "table");
  const csv = await readResult();
  const verdict = await page.innerText(".rp .verdict");
  tell("the result names the verdict first", words.verdict.test(csv.slice(0, 400)), csv.slice(0, 400));
  tell("what follows from it, and the next step", words.release.test(verdict) && words.next.test(verdict), verdict);
  tell("the verdict is wholly in this language", !untranslated(verdict), String(untranslated(verdict)));
  await audit(`the result of a table in ${language}`);
  await checkPhone(`the result of a table in ${language}`);
  await sealed();
  await submitJob(harnessLogs(), "logs");
  const logs = await readResult();
  tell("of logs, what changed comes first", words.changed.test(logs.slice(0, 400)) && /limit/.test(logs), logs.slice(0, 400));
  await audit(`the result of logs in ${language}`);
  await checkPhone(`the result of logs in ${language}`);
}

// A stranger has thirty seconds: the answer, its limit and the next step stand on the first screen, in as many words
// as are read in that time (240 a minute; 400 characters of Chinese), and none of them clears anybody.
async function stranger(sample, limit) {
  await page.goto(`${url}/dashboard/new`);
  await page.setInputFiles("#file", `web/samples/${sample}.csv`);
  await page.waitForSelector("[data-preview] table");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForSelector("[data-report] .rp", { timeout: 60000 });
  const parts = page.locator("[data-report] .verdict").locator(".ask, .answer, .head, .text, .next");
  const text = (await parts.allInnerTexts()).join(" ");
  const length = language === "zh" ? text.replace(/[^\u4e00-\u9fff]/g, "").length * 240 / 400 : text.split(/\s+/).length;
  tell(`${sample}: read in thirty seconds`, length > 20 && length <= 120, `${length}: ${text}`);
  tell(`${sample}: verdict, limit and next step`, limit.test(text) && words.next.test(text), text);
  tell(`${sample}: nobody is cleared`, !words.cleared.test(text.replace(/not an all-clear/g, "")), text);
  const below = await parts.evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().bottom > innerHeight).length);
  tell(`${sample}: on the first screen`, below === 0, below);
}

async function download(path, link) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(link)]);
  await file.saveAs(path);
}

async function sealed() {
  const dir = mkdtempSync(join(tmpdir(), "sleuth-story-"));
  await download(join(dir, "report.json"), "a[href*='/report.json']");
  const key = await (await page.request.get(`${url}/.well-known/sleuth-signing-key`)).json();
  writeFileSync(join(dir, "key"), key.public_key);
  const said = execFileSync(SLEUTH, ["report", "verify", join(dir, "report.json"), "--key", join(dir, "key")], { stdio: "pipe" }).toString();
  tell("the downloaded report verifies", /adaptive_protocol_detected/.test(said), said);
  await download(join(dir, "report.html"), "a[href*='/report.html']");
  const html = readFileSync(join(dir, "report.html"), "utf8");
  tell("the report for people is in this language", html.includes(`<html lang="${words.lang}"`) && words.verdict.test(html), html.slice(0, 200));
  rmSync(dir, { recursive: true });
}

async function addRounds(logs) {
  await page.click('.row [data-open="add"]');
  await page.setInputFiles('[data-dialog="add"] [name=log]', logs);
  await submitDialog("add");
}

async function project() {
  await page.goto(`${url}/dashboard/projects`);
  await page.click('.row [data-open="create"]');
  await page.fill("#f-name", language === "zh" ? "春季发布" : "spring release");
  await submitDialog("create");
  await page.click('[data-open="freeze"]');
  await Promise.all([page.waitForResponse(/api.ledger/), page.setInputFiles("[data-protocol-from]", harnessLogs(1, 1)[0])]);
  await page.waitForFunction(() => document.querySelector('[data-dialog="freeze"] [name=protocol]').value);
  await page.fill('[data-dialog="freeze"] [name=planned_rounds]', "20");
  await submitDialog("freeze");
  tell("the protocol is frozen", words.frozen.test(await main()));
  await addRounds(harnessLogs(1, 3, today));
  tell("rounds that keep to it deviate from nothing", words.clean.test(await main()), await main());
  await addRounds(harnessLogs(7, 7, today));
  tell("the deviating round is named", words.deviation.test(await main()) && /limit/.test(await main()), await main());
  await page.click('.row [data-open="review"]');
  await page.selectOption('[data-dialog="review"] [name=decision]', "sign");
  await page.selectOption('[data-dialog="review"] [name=role]', "preparer");
  await page.fill('[data-dialog="review"] [name=comment]', language === "zh" ? "已逐轮核对" : "read round by round");
  await submitDialog("review");
  tell("the review is signed", /read round by round|已逐轮核对/.test(await main()) && (await main()).includes(storyEmail(language)), await main());
  const dir = mkdtempSync(join(tmpdir(), "sleuth-story-"));
  await download(join(dir, "project.html"), "a[href*='/report?format=html']");
  const html = readFileSync(join(dir, "project.html"), "utf8");
  tell("the project's report is in this language", html.includes(`<html lang="${words.lang.slice(0, 2)}`) && /limit/.test(html), html.slice(0, 300));
  rmSync(dir, { recursive: true });
  await audit(`the project in ${language}`);
  await checkPhone(`the project in ${language}`);
}

async function revoke(key) {
  await page.goto(`${url}/dashboard/keys`);
  await page.click('[data-open="revoke"][data-name="ci"]');
  await page.fill('[data-dialog="revoke"] [data-confirm]', "ci");
  await submitDialog("revoke");
  const { status, body } = await askWithKey(key, words.lang);
  tell("the revoked key is refused with 401, in this language", status === 401 && words.refused.test(body), `${status} ${body}`);
}

// The month's analyses as the usage page shows them: "3 / 1,000".
async function monthLimit() {
  await page.goto(`${url}/dashboard/usage`);
  return Number(/\/\s*([\d,]+)/.exec(await main())?.[1].replaceAll(",", ""));
}

async function upgrade() {
  const before = await monthLimit();
  await page.goto(`${url}/pricing`);
  await page.click('[data-checkout="business"]');
  await page.waitForURL("**/c/pay/**");
  await page.click("button");
  await page.waitForURL("**/success?**");
  forgive(/c\/pay|favicon/); // the fake has no icon
  tell("the payment is confirmed", words.paid.test(await main()), await main());
  await audit(`/success in ${language}`);
  const after = await monthLimit();
  tell("the new limits are shown", after > before, `${before} ${after}`);
}

export async function walkStory(chosen) {
  language = chosen;
  words = WORDS[chosen];
  await setUp();
  await signIn(url, storyEmail(language));
  const key = await copyKey();
  await analyses();
  await project();
  await revoke(key);
  await upgrade();
  await page.goto(`${url}/dashboard`);
  await page.click("[data-sign-out]");
  await page.waitForURL(`${url}/`);
  tell("signed out, the language stays", await page.getAttribute("html", "lang") === words.lang);
  await page.context().clearCookies({ name: "sleuth_lang" });
}
