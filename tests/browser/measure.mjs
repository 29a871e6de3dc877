// What the dashboard's first view costs: bytes on the wire, no external request, first contentful paint.
import { check, context, page, url } from "./check.mjs";

const TRANSFER_MAX = 60 * 1024;
const PAINT_MAX_MS = 300;
const ROUNDS = 5;

// Bytes as they came over the wire, headers included; the browser's cache is off.
async function transfer(path) {
  const session = await context.newCDPSession(page);
  let bytes = 0;
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  session.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
  await page.goto(url + path, { waitUntil: "networkidle" });
  await session.detach();
  return bytes;
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function walkMeasure() {
  const bytes = await transfer("/dashboard");
  console.log(`note  the first view of the dashboard takes ${(bytes / 1024).toFixed(1)} KiB`);
  check("it is at most 60 KiB", bytes > 1000 && bytes <= TRANSFER_MAX, bytes);
  const paints = [];
  for (let i = 0; i < ROUNDS; i++) {
    await page.goto(`${url}/dashboard`, { waitUntil: "load" });
    await page.waitForTimeout(150);
    paints.push(await page.evaluate(() =>
      performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity));
  }
  console.log(`note  first contentful paint: ${paints.map((ms) => ms.toFixed(0)).join(", ")} ms`);
  check("its first contentful paint comes within 300 ms (median of 5)", median(paints) < PAINT_MAX_MS, paints.join());
}
