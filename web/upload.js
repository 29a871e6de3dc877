// Uploads files: small ones in one piece, larger ones in parts that can be sent again.
import { clearError, json, send, showError } from "./api.js";

const ONE_PIECE_MAX = 8 << 20;
const PART_BYTES = 4 << 20;
const form = document.querySelector('[data-form="upload"]');

async function sendWhole(file) {
  const body = new FormData();
  body.append("file", file, file.name);
  await send("POST", "/api/files", body);
}

async function hex(file) {
  const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function sendParts(file, tell) {
  const made = await json("POST", "/api/files", { name: file.name, size: file.size, part_size: PART_BYTES });
  const count = Math.ceil(file.size / PART_BYTES);
  for (let n = 0; n < count; n++) {
    const part = file.slice(n * PART_BYTES, (n + 1) * PART_BYTES);
    await send("PUT", `/api/files/${made.id}/parts/${n + 1}`, part, "application/octet-stream");
    tell((n + 1) / count);
  }
  await json("POST", `/api/files/${made.id}/complete`, { sha256: await hex(file) });
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearError(form);
  const bar = form.querySelector("[data-bar]");
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  bar.hidden = false;
  try {
    for (const file of document.getElementById("upload").files) {
      form.querySelector("[data-status]").textContent = file.name;
      bar.value = 0;
      await (file.size <= ONE_PIECE_MAX ? sendWhole(file) : sendParts(file, (share) => { bar.value = share; }));
    }
    location.reload();
  } catch (error) {
    showError(form, error);
  } finally {
    button.disabled = false;
    bar.hidden = true;
  }
});
