// Administrator and account: users made and changed, links, audit log, system, second factor, sessions.
import { createHmac } from "node:crypto";
import { audit, check, forgive, page, signOut, submitDialog, url, visit } from "./check.mjs";
import { ADMIN, EMAIL, PASSWORD, signIn } from "./server.mjs";

export const ADMIN_PAGES = ["/dashboard/admin/users", "/dashboard/admin/audit", "/dashboard/admin/system"];

async function walkUsers() {
  await page.goto(`${url}/dashboard/admin/users`);
  await page.click('[data-open="create"]');
  await page.fill("#f-email", "new@example.com");
  await submitDialog("create");
  check("a user is created", /new@example.com/.test(await page.textContent("tbody")));
  await page.click('[data-open="change"][data-name="new@example.com"]');
  await page.selectOption('[data-dialog="change"] [name=plan]', "business");
  await submitDialog("change");
  const row = page.locator("tbody tr", { hasText: "new@example.com" });
  check("the plan changes", /business/.test(await row.textContent()));
  await page.click('[data-open="link"][data-name="new@example.com"]');
  await page.click('[data-dialog="link"] [type=submit]');
  await page.waitForSelector('[data-dialog="reveal"][open]');
  const link = await page.inputValue("[data-secret]");
  check("a password link is shown once", /\/reset#\S{20,}/.test(link), link);
  await Promise.all([page.waitForNavigation(), page.click("[data-saved]")]);
  return link.slice(link.indexOf("/reset#"));
}

async function walkLink(link) {
  await page.goto(url + link);
  await page.fill("#password", "walnut copper sleigh");
  await page.click('[data-form="reset"] [type=submit]');
  await page.waitForURL("**/login");
  await page.fill("#email", "new@example.com");
  await page.fill("#password", "walnut copper sleigh");
  await page.click('[data-form="login"] [type=submit]');
  await page.waitForURL("**/dashboard");
  check("the new user signs in with the new password", true);
  check("and sees no administration", await page.locator("a[href='/dashboard/admin/users']").count() === 0);
  const answer = await page.goto(`${url}/dashboard/admin/users`);
  check("nor opens its pages", answer.status() === 403 && /role/.test(await page.textContent("main")), answer.status());
  forgive(/status of 403/);
  await signOut();
}

export async function walkAdmin() {
  await signIn(page, url, ADMIN);
  await visit(ADMIN_PAGES);
  const link = await walkUsers();
  await page.goto(`${url}/dashboard/admin/system`);
  await Promise.all([page.waitForNavigation(), page.click('form[data-send="POST /api/admin/backup"] [type=submit]')]);
  await page.waitForTimeout(1500);
  await page.reload();
  check("a backup is made from the page", /Last success|being made/.test(await page.textContent("main")));
  await page.goto(`${url}/dashboard/admin/audit`);
  check("the audit log names the change", /user\.change/.test(await page.textContent("tbody")));
  await signOut();
  await walkLink(link);
}

// RFC 6238 with SHA-1, 30 s, 6 digits.
function totp(secret) {
  const bits = [...secret.replace(/=+$/, "")].map((c) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)));
  const hash = createHmac("sha1", key).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1e6).padStart(6, "0");
}

export async function walkSecondFactor() {
  await page.goto(`${url}/dashboard/account`);
  await page.click('[data-open="totp"]');
  await page.fill('[data-dialog="totp"] [name=password]', PASSWORD);
  await page.click('[data-dialog="totp"] [type=submit]');
  await page.waitForSelector('[data-dialog="totp-code"][open]');
  const secret = await page.textContent('[data-dialog="totp-code"] [data-text="secret"]');
  check("a QR code stands beside the key", await page.locator('[data-dialog="totp-code"] svg.qr path').evaluate((path) => path.getBBox().width) === 45);
  await audit("/dashboard/account with the QR code");
  await page.fill('[data-dialog="totp-code"] [name=code]', totp(secret));
  await page.click('[data-dialog="totp-code"] [type=submit]');
  await page.waitForSelector('[data-dialog="totp-recovery"][open]');
  const codes = (await page.textContent('[data-text="recovery_codes"]')).split("\n").filter(Boolean);
  check("recovery codes are shown", codes.length >= 8, codes.length);
  await signOut();
  await page.goto(`${url}/login`);
  await page.fill("#email", EMAIL);
  await page.fill("#password", PASSWORD);
  await page.click('[data-form="login"] [type=submit]');
  await page.locator("#totp").waitFor();
  forgive(/status of 401/);
  await page.fill("#totp", codes[0]);
  await page.click('[data-form="login"] [type=submit]');
  await page.waitForURL("**/dashboard");
  check("a recovery code signs in once", true);
  await page.goto(`${url}/dashboard/account`);
  await page.click('[data-open="totp-off"]');
  await page.fill('[data-dialog="totp-off"] [name=password]', PASSWORD);
  await page.fill('[data-dialog="totp-off"] [name=code]', codes[1]);
  await submitDialog("totp-off");
  check("the second factor is off again", await page.locator('[data-open="totp"]').count() === 1);
}

// The clock of the page runs ahead; the server's does not.
export async function walkIdle() {
  await page.clock.install();
  await page.goto(`${url}/dashboard/account`);
  await page.clock.fastForward("11:57:00");
  check("no warning while there is time", await page.locator("[data-idle-ms]").isHidden());
  await page.clock.fastForward("00:02:00");
  check("an idle session is announced to end", await page.locator("[data-idle-ms]").isVisible());
  await page.click("[data-stay]");
  await page.locator("[data-idle-ms]").waitFor({ state: "hidden" });
  check("and can be kept", true);
  await page.clock.resume();
}

export async function walkSettings() {
  await page.goto(`${url}/dashboard/account`);
  await page.selectOption("#f-language", "zh");
  await Promise.all([page.waitForNavigation(), page.click('form[data-send="PATCH /api/me"] [type=submit]')]);
  await page.context().clearCookies({ name: "sleuth_lang" });
  await page.goto(`${url}/dashboard/account`);
  check("the account's language is the language of its pages", await page.getAttribute("html", "lang") === "zh-CN");
  await page.selectOption("#f-language", "en");
  await Promise.all([page.waitForNavigation(), page.click('form[data-send="PATCH /api/me"] [type=submit]')]);
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("a[href='/api/me/export']")]);
  check("everything can be downloaded", (await file.path()) !== null);
}
