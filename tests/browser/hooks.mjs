// Webhooks: added, tested against a listener that checks the signature, switched off, deleted.
import { createHmac } from "node:crypto";
import { check, page, server, submitDialog, url, visit } from "./check.mjs";

async function heard(count) {
  for (let i = 0; i < 100 && server.listener.heard.length < count; i++)
    await page.waitForTimeout(100);
  return server.listener.heard.at(-1);
}

// Sleuth-Signature: t=…,v1=<hex HMAC-SHA256 of "t.body">
function signatureFits(message, secret) {
  const { t, v1 } = Object.fromEntries(message.headers["sleuth-signature"].split(",").map((part) => part.split("=")));
  return createHmac("sha256", secret).update(`${t}.${message.body}`).digest("hex") === v1;
}

export async function walkHooks() {
  await page.goto(`${url}/dashboard/hooks`);
  await page.click('.row [data-open="create"]');
  await page.fill('[data-dialog="create"] [name=url]', `${server.listener.url}/told`);
  await page.click('[data-dialog="create"] [type=submit]');
  await page.waitForSelector('[data-dialog="reveal"][open]');
  const secret = await page.inputValue("[data-secret]");
  check("the secret of a webhook is shown once", /^whsec_\S{20,}$/.test(secret), secret.slice(0, 6));
  await Promise.all([page.waitForNavigation(), page.click("[data-saved]")]);
  await page.click("tbody a");
  await page.waitForSelector('[data-open="test"]');
  await page.click('[data-open="test"]');
  await submitDialog("test");
  const message = await heard(1);
  check("a test message arrives and its signature fits", message && signatureFits(message, secret), message?.body);
  const delivered = /hook\.test.*200/s;
  for (let i = 0; i < 20 && !delivered.test(await page.textContent("main")); i++) {
    await page.waitForTimeout(200);
    await page.reload();
  }
  check("the delivery is listed with its answer", delivered.test(await page.textContent("main table")), await page.textContent("main table"));
  const path = new URL(page.url()).pathname;
  await visit([path]);
  await page.goto(url + path);
  await page.uncheck("[name=events] >> nth=0");
  await page.selectOption("#f-enabled", "false");
  await Promise.all([page.waitForNavigation(), page.click('form[data-send^="PATCH /api/hooks/"] [type=submit]')]);
  check("a webhook is switched off", /switched off/.test(await page.textContent("main .tag")));
  await page.click('[data-open="delete"]');
  await submitDialog("delete");
  check("and deleted", page.url().endsWith("/dashboard/hooks") && await page.locator("tbody tr").count() === 0);
}
