// Verifies one notification, as event.py received it, with Stripe's client:
// verify.mjs FILE. Refuses what must be refused, too.
import { readFileSync } from "node:fs";
import Stripe from "stripe";

const { header, body, secret } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const stripe = new Stripe("sk_test_unused", { telemetry: false });
let failures = 0;

function check(what, holds, shown = "") {
  console.log((holds ? "ok    " : "FAIL  ") + what + (holds ? "" : `  ${shown}`));
  failures += holds ? 0 : 1;
}

function refused(what, text, signature, key) {
  try {
    stripe.webhooks.constructEvent(text, signature, key);
    check(what, false, "it was accepted");
  } catch (error) {
    check(what, error.type === "StripeSignatureVerificationError", error.type);
  }
}

const event = stripe.webhooks.constructEvent(body, header, secret);
check("constructEvent accepts it", event.object === "event" && event.type === "job.finished", event.type);
check("and reads the job", event.data.object.object === "job", JSON.stringify(event.data));
refused("another body is refused", body.replace("job", "jab"), header, secret);
refused("another secret is refused", body, header, secret.slice(0, -1) + "x");
refused("another time is refused", body, header.replace(/t=\d/, "t=9"), secret);
process.exit(failures ? 1 : 0);
