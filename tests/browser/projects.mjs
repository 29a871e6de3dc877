// A project: created, frozen, a clean round and a deviating one added, the deviation named, a review signed.
import { audit, check, open, page, signOut, submitDialog, url } from "./check.mjs";
import { harnessLogs } from "./logs.mjs";
import { EMAIL, REVIEWER, signIn } from "./server.mjs";

const today = Math.floor(Date.now() / 1000); // rounds begin after the freeze

async function addRounds(logs) {
  await page.click('.row [data-open="add"]');
  await page.setInputFiles('[data-dialog="add"] [name=log]', logs);
  await submitDialog("add");
}

async function freeze() {
  await page.click('[data-open="freeze"]');
  await Promise.all([page.waitForResponse(/api.ledger/),
    page.setInputFiles("[data-protocol-from]", harnessLogs(1, 1)[0])]);
  await page.waitForTimeout(100);
  const protocol = await page.inputValue('[data-dialog="freeze"] [name=protocol]');
  check("the protocol comes from a result file", /n-shot = /.test(protocol) && /limit = 500/.test(protocol), protocol);
  await page.fill('[data-dialog="freeze"] [name=planned_rounds]', "20");
  await submitDialog("freeze");
  check("the frozen protocol is shown", /Frozen protocol/.test(await page.textContent("main")) &&
    /n-shot/.test(await page.textContent("main")));
}

async function review(path) {
  await signOut();
  await signIn(page, url, REVIEWER);
  await page.goto(`${url}/dashboard/projects?scope=all`);
  check("a reviewer sees the project", await page.locator(`a[href="${path}"]`).count() === 1);
  await page.goto(url + path);
  const approve = page.locator('tbody [data-open="approve"]');
  if (await approve.count()) {
    await approve.first().click();
    await page.fill('[data-dialog="approve"] [name=reason]', "announced in advance");
    await submitDialog("approve");
  }
  await page.click('.row [data-open="review"]');
  await page.selectOption('[data-dialog="review"] [name=decision]', "accept");
  await page.fill('[data-dialog="review"] [name=comment]', "looked at every run");
  await submitDialog("review");
  const text = await page.textContent("main");
  check("the review stands under the reviewer's name", /Rita Reviewer/.test(text) && /looked at every run/.test(text));
  await signOut();
  await signIn(page, url, EMAIL);
}

export async function walkProjects() {
  await page.goto(`${url}/dashboard/projects`);
  await page.click('.row [data-open="create"]');
  await page.fill("#f-name", "spring release");
  await submitDialog("create");
  const path = new URL(page.url()).pathname;
  check("the new project has its page", /spring release/.test(await page.textContent("h1")));
  await freeze();
  await addRounds(harnessLogs(1, 3, today));
  check("a verdict appears", await page.locator(".rp .verdict").count() === 1);
  check("a clean round deviates from nothing", /No open deviation/.test(await page.textContent("main")),
    (await page.textContent("main")).slice(0, 800));
  await addRounds(harnessLogs(7, 7, today));
  const text = await page.textContent("main");
  check("the deviation is named", /not approved/.test(text) && /limit/.test(text), text.slice(0, 600));
  await open(path, "en");
  await audit("/dashboard/projects/:id");
  await open(path, "zh");
  await open(path, "en");
  await review(path);
}
