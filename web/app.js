// On every page: dark or light, language, sign-out, closing of dialogs.
import { json } from "./api.js";

const root = document.documentElement;

function theme() {
  const chosen = localStorage.getItem("theme");
  return chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

const toggle = document.querySelector("[data-theme-toggle]");
if (localStorage.getItem("theme")) root.dataset.theme = localStorage.getItem("theme");
toggle.hidden = false;
toggle.addEventListener("click", () => {
  const next = theme() === "dark" ? "light" : "dark";
  localStorage.setItem("theme", next);
  root.dataset.theme = next;
});

const zone = { en: "en-GB", zh: "zh-CN" }[root.lang.slice(0, 2)];
const exact = new Intl.DateTimeFormat(zone, { dateStyle: "full", timeStyle: "long" });
for (const time of document.querySelectorAll("time[datetime]"))
  time.title = exact.format(new Date(time.dateTime)); // the same moment where the reader is

for (const link of document.querySelectorAll("[data-lang]"))
  link.addEventListener("click", () => {
    document.cookie = `sleuth_lang=${link.dataset.lang}; path=/; max-age=31536000; samesite=lax`;
  });

for (const button of document.querySelectorAll("[data-close]"))
  button.addEventListener("click", () => button.closest("dialog").close());

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

for (const button of document.querySelectorAll("[data-sign-out]"))
  button.addEventListener("click", async () => {
    await json("POST", "/api/auth/logout");
    location.href = "/";
  });

for (const button of document.querySelectorAll("[data-checkout]"))
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      location.href = (await json("POST", "/api/billing/checkout", { plan: button.dataset.checkout })).url;
    } catch (error) {
      button.disabled = false;
      button.insertAdjacentElement("afterend", Object.assign(document.createElement("p"), {
        className: "notice error", textContent: error.message }));
    }
  });

// An idle session ends by itself: two minutes before, the page says so. Every page view counts as life.
const warning = document.querySelector("[data-idle-ms]");
let end;

function wait() {
  clearTimeout(end);
  warning.hidden = true;
  end = setTimeout(() => { warning.hidden = false; }, Math.min(Number(warning.dataset.idleMs) - 120000, 2 ** 31 - 1));
}

if (warning) {
  wait();
  warning.querySelector("[data-stay]").addEventListener("click", async () => {
    await json("GET", "/api/me");
    wait();
  });
}
