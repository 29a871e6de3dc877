// The pages behind the lists: one of each kind, in both languages and themes, on a phone, and without JavaScript.
import { check, page, server, url, visit } from "./check.mjs";
import { walkWithoutScripts } from "./reading.mjs";

// The first entry of a list.
async function firstOf(list, selector = `main tbody a[href^='${list.split("?")[0]}/']`) {
  await page.goto(url + list);
  return (await page.locator(selector).first().getAttribute("href")).split("#")[0];
}

// A webhook to look at; the walk of webhooks leaves none.
async function makeHook() {
  await page.goto(`${url}/dashboard/hooks`);
  return page.evaluate(async (address) => {
    const token = (await (await fetch("/api/me")).json()).csrf_token;
    const answer = await fetch("/api/hooks", { method: "POST", body: JSON.stringify({ url: address }),
      headers: { "Content-Type": "application/json", "X-CSRF-Token": token } });
    return `/dashboard/hooks/${(await answer.json()).id}`;
  }, `${server.listener.url}/told`);
}

// An analysis with that label, as the list finds it.
const analysis = (label) => firstOf(`/dashboard/analyses?label=${label}`, "main tbody a[href^='/dashboard/analyses/']");

export async function walkDetails() {
  const found = await analysis("renamed");
  const record = await analysis("record");
  const paths = [found, record, await firstOf("/dashboard/projects"), await firstOf("/dashboard/jobs"), await firstOf("/dashboard/files"),
    await firstOf("/dashboard/datasets"), await makeHook(),
    `/dashboard/compare?ids=${[found, record].map((path) => path.split("/").pop())}`];
  await visit(paths);
  await walkWithoutScripts(paths, { // verdict, what to do with the score, next step
    [found]: [/The test settings followed the results[^]*Do not use this score for a release[^]*Next step:/,
      /测试设置跟着结果走[^]*请勿以此得分作为发布依据[^]*下一步：/],
    [paths[2]]: [/from the frozen protocol/, /冻结/], [paths[3]]: [/Submitted/, /提交/],
    [paths[5]]: [/@dataset\{/, /@dataset\{/] });
}

// Every page of the documentation, and the pages that are reached by links only.
export async function walkDocs() {
  await page.goto(`${url}/docs?lang=en`);
  const paths = await page.locator("main a[href^='/docs/']").evaluateAll((all) => [...new Set(all.map((a) => new URL(a.href).pathname))]);
  check("the documentation has its pages", paths.length >= 10, paths.join());
  await visit(paths);
  await walkWithoutScripts(paths);
  await page.goto(`${url}/docs/api?lang=zh`);
  const sentences = await page.locator("main section > p:first-of-type, main td:last-child").allTextContents();
  const english = sentences.filter((text) => !/[\u4e00-\u9fff]/.test(text));
  check("the reference of the API is wholly in Chinese, too", sentences.length > 100 && english.length === 0, english.join(" | "));
}
