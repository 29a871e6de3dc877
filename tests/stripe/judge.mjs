// Stripe's own client as judge: judge.mjs sign|calls … — used by tests/http/test_billing.py.
//   sign SECRET NOW   reads a body from standard input, prints {case: header} as JSON
//   verify SECRET     reads {header, body} lines, prints accepted or the reason, one per line
//   calls PORT        makes the calls that the appliance makes, against the fake
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const [, , verb, ...words] = process.argv;
const stripe = new Stripe("sk_test_123", { host: "127.0.0.1", port: words[0] || 1, protocol: "http",
  maxNetworkRetries: 1, telemetry: false, timeout: 5000 });

if (verb === "sign") {
  const [secret, now] = words;
  const payload = readFileSync(0, "utf8");
  const t = Number(now);
  const make = (more = {}) => stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: t, ...more });
  const good = make();
  const v1 = good.split("v1=")[1];
  console.log(JSON.stringify({
    now: good,
    minus_300: make({ timestamp: t - 300 }),
    plus_290: make({ timestamp: t + 290 }),
    two_v1: `t=${t},v1=${"0".repeat(64)},v1=${v1}`,
    unknown_scheme: `t=${t},v9=abc,v1=${v1}`,
    old: make({ timestamp: t - 310 }),
    future: make({ timestamp: t + 3600 }),
    v0: make({ scheme: "v0" }),
    wrong_secret: make({ secret: secret + "x" }),
    upper: `t=${t},v1=${v1.toUpperCase()}`,
    two_t: `t=${t},t=${t},v1=${v1}`,
    no_t: `v1=${v1}`,
    space: `t=${t}, v1=${v1}`,
    empty: "",
  }));
} else if (verb === "verify") {
  for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const { header, body } = JSON.parse(line);
    try {
      console.log(stripe.webhooks.constructEvent(body, header, words[0]).id ? "accepted" : "?");
    } catch (error) {
      console.log("refused: " + error.message.split("\n")[0].slice(0, 60));
    }
  }
} else if (verb === "calls") {
  const session = await stripe.checkout.sessions.create(JSON.parse(words[1]), { idempotencyKey: "judge-key-1" });
  const again = await stripe.checkout.sessions.create(JSON.parse(words[1]), { idempotencyKey: "judge-key-1" });
  const portal = await stripe.billingPortal.sessions.create({ customer: words[2], return_url: words[3] });
  const read = await stripe.checkout.sessions.retrieve(session.id, { expand: ["subscription"] });
  const price = await stripe.prices.retrieve("price_pro");
  const events = await stripe.events.list({ limit: 100 });
  let missing = "";
  try { await stripe.subscriptions.retrieve("sub_bad"); } catch (error) { missing = `${error.type} ${error.code} ${error.statusCode}`; }
  console.log(JSON.stringify({ session: session.id, same: session.id === again.id, portal: portal.url,
    read: read.id, price: price.unit_amount, events: events.object, missing }));
}
