// Follows a job: server-sent events, and asking every two seconds where they do not get through.
import { json } from "./api.js";

const place = document.querySelector("[data-job][data-live]");
const word = (name) => document.querySelector(`[data-word="${name}"]`)?.textContent ?? name;

function show(job) {
  const { percent, phase, eta_seconds: left } = job.progress ?? {};
  const bar = place.querySelector("[data-bar]");
  if (percent !== null && percent !== undefined) bar.value = percent;
  const parts = [word(job.state), phase, percent !== null && percent !== undefined ? `${Math.round(percent)} %` : "",
    left ? word("left").replace("{seconds}", left) : ""];
  place.querySelector("[data-phase]").textContent = parts.filter(Boolean).join(" · ");
  if (!["queued", "running"].includes(job.state)) location.reload(); // the server shows how it ended
}

async function poll(path) {
  for (;;) {
    try {
      show(await json("GET", path));
    } catch { /* the next one may get through */ }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

function follow() {
  const path = `/api/jobs/${place.dataset.job}`;
  const events = new EventSource(path);
  let heard = false;
  for (const name of ["progress", "finished"])
    events.addEventListener(name, (event) => {
      heard = true;
      show(JSON.parse(event.data));
    });
  events.addEventListener("error", () => {
    if (heard && events.readyState !== EventSource.CLOSED) return; // it connects again by itself
    events.close();
    poll(path);
  });
}

if (place) follow();
