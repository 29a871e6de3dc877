// Creates, rotates and revokes API keys. The secret is shown once and kept nowhere.
import { clearError, json, showError } from "./api.js";

const dialog = (name) => document.querySelector(`[data-dialog="${name}"]`);
const reveal = dialog("reveal");
const confirmation = dialog("confirm");

function showSecret(key) {
  const field = reveal.querySelector("[data-secret]");
  field.value = key;
  reveal.querySelector("[data-env]").href =
    `data:text/plain;charset=utf-8,${encodeURIComponent(`SLEUTH_KEY=${key}\n`)}`;
  reveal.showModal();
  field.select();
}

// Escape would lose the secret for good: only the button closes the panel.
reveal.addEventListener("cancel", (event) => event.preventDefault());
reveal.querySelector("[data-copy]").addEventListener("click", async () => {
  const field = reveal.querySelector("[data-secret]");
  field.select();
  await navigator.clipboard.writeText(field.value);
  reveal.querySelector("[data-copied]").hidden = false;
});
reveal.querySelector("[data-saved]").addEventListener("click", () => {
  reveal.querySelector("[data-secret]").value = "";
  location.reload();
});

document.querySelector('[data-form="key-create"]').addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  clearError(form);
  const days = form.elements.expires_in_days.value;
  try {
    const created = await json("POST", "/api/dashboard/keys", {
      name: form.elements.name.value, ...(days ? { expires_in_days: Number(days) } : {}) });
    dialog("create").close();
    showSecret(created.key);
  } catch (error) {
    showError(form, error);
  }
});

let pending = null; // { action, id, name } of the key that is asked about

function ask(action, button) {
  pending = { action, id: button.getAttribute(`data-key-${action}`), name: button.dataset.name };
  const form = confirmation.querySelector("form");
  form.reset();
  clearError(form);
  for (const part of confirmation.querySelectorAll("[data-if]"))
    part.hidden = part.dataset.if !== action;
  confirmation.querySelector("[data-wanted]").textContent = pending.name;
  confirmation.showModal();
}

for (const action of ["revoke", "rotate"])
  for (const button of document.querySelectorAll(`[data-key-${action}]`))
    button.addEventListener("click", () => ask(action, button));

confirmation.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = document.getElementById("confirm-name");
  const matches = field.value === pending.name;
  field.setAttribute("aria-invalid", String(!matches));
  if (!matches) return field.focus();
  const path = `/api/dashboard/keys/${pending.id}`;
  try {
    const rotated = pending.action === "rotate" ? await json("POST", `${path}/rotate`, {}) : null;
    if (!rotated) await json("DELETE", path);
    confirmation.close();
    if (rotated) showSecret(rotated.key);
    else location.reload();
  } catch (error) {
    showError(event.target, error);
  }
});
