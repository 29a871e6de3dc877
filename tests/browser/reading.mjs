// Reading without JavaScript, and the way through in Chinese.
import { readFileSync } from "node:fs";
import { check, context, page, submitDialog, url } from "./check.mjs";
import { LANGUAGES } from "./server.mjs";

// The same browser profile, so signed in, but pages run no script; each is read in both languages. `wanted` names
// what must stand on a page: {path: [English, Chinese]}.
export async function walkWithoutScripts(paths, wanted = {}) {
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setScriptExecutionDisabled", { value: true });
  for (const path of paths)
    for (const language of LANGUAGES) {
      const answer = await page.goto(`${url}${path}${path.includes("?") ? "&" : "?"}lang=${language}`);
      const text = await page.locator("main").innerText();
      const expected = wanted[path]?.[LANGUAGES.indexOf(language)] ?? /\S/;
      check(`${path} is readable without JavaScript in ${language}`,
        answer.status() === 200 && text.length > 40 && expected.test(text), `${answer.status()} ${text.slice(0, 600)}`);
    }
  await session.send("Emulation.setScriptExecutionDisabled", { value: false });
  await session.detach();
}

export async function walkChinese() {
  await page.goto(`${url}/dashboard/new?lang=zh`);
  await page.context().addCookies([{ name: "sleuth_lang", value: "zh", url }]);
  await page.fill("#log", readFileSync("web/samples/adaptive.csv", "utf8"));
  await page.locator("[data-status]", { hasText: /80 行/ }).waitFor();
  await page.fill("#label", "中文报告");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForSelector("[data-report] .rp", { timeout: 30000 });
  const text = await page.textContent("[data-report]");
  check("结论以中文给出", /测试设置跟着结果走/.test(text), text.slice(0, 200));
  check("并说明不可作为发布依据", /请勿以此得分作为发布依据/.test(text));
  await page.goto(`${url}/dashboard/keys`);
  await page.click('[data-open="create"]');
  await page.fill("#f-name", "中文密钥");
  await page.click('[data-dialog="create"] [type=submit]');
  await page.waitForSelector('[data-dialog="reveal"][open]');
  check("密钥只显示一次", /之后将不再显示/.test(await page.textContent('[data-dialog="reveal"]')));
  await Promise.all([page.waitForNavigation(), page.click("[data-saved]")]);
  await page.click('[data-open="revoke"][data-name="中文密钥"]');
  await page.fill('[data-dialog="revoke"] [data-confirm]', "中文密钥");
  await submitDialog("revoke");
  await page.goto(`${url}/dashboard/projects`);
  await page.click('.row [data-open="create"]');
  await page.fill("#f-name", "春季发布");
  await submitDialog("create");
  check("项目页为中文", /冻结协议/.test(await page.textContent("main")) && /春季发布/.test(await page.textContent("h1")));
  await page.goto(`${url}/dashboard/account?lang=zh`);
  const english = (await page.locator("main").innerText()).match(/\b(the|your|password|session)\b/gi);
  check("页面上没有漏译的句子", !english, String(english));
  await page.context().clearCookies({ name: "sleuth_lang" });
  await page.goto(`${url}/dashboard?lang=en`);
}

// The whole way with the keyboard: skip link, dialog, Escape, focus back.
export async function walkKeyboard() {
  await page.goto(`${url}/dashboard/keys`);
  await page.keyboard.press("Tab");
  check("the first stop is the skip link", await page.evaluate(() => document.activeElement.className) === "skip");
  const opener = page.locator('p [data-open="create"]');
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-dialog="create"][open]');
  const inside = await page.evaluate(() => !!document.activeElement.closest("dialog"));
  for (let i = 0; i < 30; i++) await page.keyboard.press("Tab");
  const trapped = await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest("dialog"));
  check("focus stays inside of a dialog", inside && trapped);
  await page.keyboard.press("Escape");
  check("Escape closes it and focus returns", await page.evaluate(() => document.activeElement.dataset.open) === "create");
}

// Nobody is signed in: the web app of an installation that lets visitors try it.
export async function walkVisitor() {
  for (const [language, verdict] of [["en", /settings followed the results/], ["zh", /测试设置跟着结果走/]]) {
    await page.goto(`${url}/app?lang=${language}`);
    await page.click('[data-sample*="adaptive.csv"]');
    await page.click('[data-form="analyse"] [type=submit]');
    await page.waitForSelector("[data-report] .rp", { timeout: 30000 });
    check(`a visitor reads a result in ${language}`, verdict.test(await page.textContent("[data-report]")));
    check(`and it is kept nowhere (${language})`, await page.locator("[data-kept]").isHidden());
  }
}
