// A free user buys a plan at a fake of the payment provider and sees the new limits.
import { audit, check, forgive, page, signOut, url } from "./check.mjs";
import { FREE, signIn } from "./server.mjs";

export async function walkCheckout() {
  await signIn(page, url, FREE);
  await page.goto(`${url}/dashboard/usage`);
  const before = await page.textContent("main");
  await page.goto(`${url}/dashboard/projects`);
  check("the free plan has no projects, and says so", /does not include/.test(await page.textContent("main")));
  await page.goto(`${url}/pricing`);
  await audit("/pricing with prices");
  await page.click('[data-checkout="pro"]');
  await page.waitForURL("**/c/pay/**");
  await page.click("button");
  await page.waitForURL("**/success?**");
  forgive(/c\/pay|favicon/); // the fake has no icon
  check("the payment is confirmed", /confirmed/.test(await page.textContent("main")), await page.textContent("main"));
  await audit("/success");
  await page.goto(`${url}/dashboard`);
  check("the overview shows the new plan", /Pro/.test(await page.textContent("main")));
  await page.goto(`${url}/dashboard/usage`);
  const after = await page.textContent("main");
  check("and the new limits count", after !== before && !/\/\s*100\s/.test(after), after.slice(0, 300));
  await page.goto(`${url}/dashboard/billing`);
  check("billing names the subscription", /active/.test(await page.textContent("main")));
  await page.goto(`${url}/dashboard/projects`);
  check("projects open now", await page.locator('[data-open="create"]').count() === 1);
  await signOut();
}
