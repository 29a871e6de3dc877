// Dialogs and forms of the dashboard. What a form does stands in its attributes:
//   data-send="POST /api/x/{id}"  where its fields go as JSON; {id} = data-id of the opening button
//   data-done                     then: load again (absent), go to "/x/{id}" with the id of the
//                                 answer, open the dialog "reveal" with the secret of the answer, or
//                                 open the dialog X after "dialog:X"
//   data-said                     an element that appears when it worked, instead of loading again
//   data-raw="name"               the text of that field is the whole body
//   data-qr="name"                an SVG that draws {side, path} of that member of the answer
//   data-confirm="name"           a field that must repeat data-name of the opening button
import { clearError, json, send as sendRaw, showError } from "./api.js";

const dialogs = Object.fromEntries([...document.querySelectorAll("[data-dialog]")]
  .map((dialog) => [dialog.dataset.dialog, dialog]));

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) =>
  encodeURIComponent(values[name] ?? "").replaceAll("%2F", "/"));

export function openDialog(name, values = {}) {
  const dialog = dialogs[name];
  const form = dialog.querySelector("form");
  if (form) {
    form.reset();
    clearError(form);
    form.values = values;
    for (const field of form.elements)
      if (field.name && values[field.name] !== undefined && field.type !== "password")
        field.value = values[field.name];
  }
  for (const place of dialog.querySelectorAll("[data-text]"))
    place.textContent = [values[place.dataset.text] ?? ""].flat().join("\n");
  for (const place of dialog.querySelectorAll("[data-qr]")) {
    const code = values[place.dataset.qr];
    place.toggleAttribute("hidden", !code);
    if (!code) continue;
    place.setAttribute("viewBox", `-4 -4 ${code.side + 8} ${code.side + 8}`); // four light modules around it
    place.querySelector("path").setAttribute("d", code.path);
  }
  dialog.showModal();
}

for (const button of document.querySelectorAll("[data-open]"))
  button.addEventListener("click", () => openDialog(button.dataset.open, { ...button.dataset }));

// Lines "name = value" as an object; values that look like JSON (5, true, null) are taken as such.
function readPairs(text) {
  const pairs = text.split("\n").map((line) => /^\s*([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line)).filter(Boolean);
  return Object.fromEntries(pairs.map(([, name, value]) => {
    try { return [name, JSON.parse(value)]; } catch { return [name, value]; }
  }));
}

// A form with chosen files goes as a form; each file under the name of its field.
function readFiles(form) {
  const chosen = [...form.elements].filter((field) => field.type === "file" && field.files.length);
  if (!chosen.length) return null;
  const body = new FormData();
  for (const field of chosen)
    for (const file of field.files) body.append(field.name, file, file.name);
  return body;
}

// Only what was filled in; "a.b" becomes {a: {b: …}}, boxes with a value become a list.
export function readForm(form) {
  const body = {};
  const put = (name, value) => {
    const steps = name.split(".");
    const last = steps.pop();
    steps.reduce((object, step) => (object[step] ??= {}), body)[last] = value;
  };
  const lists = {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    if (field.type === "checkbox" && field.hasAttribute("value")) {
      lists[field.name] ??= [];
      if (field.checked) lists[field.name].push(field.value);
    } else if (field.type === "checkbox") put(field.name, field.checked);
    else if (field.type === "radio") { if (field.checked) put(field.name, field.value); }
    else if (field.value === "" && !("keep" in field.dataset)) continue;
    else if ("list" in field.dataset)
      put(field.name, field.value.split(/[\s,]+/).filter(Boolean));
    else if ("pairs" in field.dataset) put(field.name, readPairs(field.value));
    else if (field.type === "file") continue;
    else if ("boolean" in field.dataset) put(field.name, field.value === "true");
    else if (field.type === "number" || "number" in field.dataset) put(field.name, Number(field.value));
    else put(field.name, field.value);
  }
  for (const [name, values] of Object.entries(lists)) put(name, values);
  return body;
}

// The first field that the browser or a wanted confirmation refuses; all such are marked.
function firstBad(form) {
  let first = null;
  for (const field of form.elements) {
    const wanted = field.dataset?.confirm;
    const bad = !field.checkValidity?.() || (wanted && field.value !== form.values?.[wanted]);
    if (field.matches("input, select, textarea")) field.setAttribute("aria-invalid", String(!!bad));
    if (bad && !first && !field.matches("button, fieldset")) first = field;
  }
  return first;
}

const reveal = dialogs.reveal;

function showSecret(secret) {
  const field = reveal.querySelector("[data-secret]");
  field.value = secret;
  const env = reveal.querySelector("[data-env]");
  if (env) env.href = `data:text/plain;charset=utf-8,${encodeURIComponent(`${env.dataset.env}=${secret}\n`)}`;
  reveal.showModal();
  field.select();
}

if (reveal) {
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
}

function finish(form, answer) {
  const done = form.dataset.done;
  const said = form.querySelector("[data-said]");
  if (done?.startsWith("dialog:")) { // the next step, with what was entered and answered
    form.closest("dialog")?.close();
    openDialog(done.slice(7), { ...readForm(form), ...answer });
  } else if (done === "reveal") {
    form.closest("dialog")?.close();
    showSecret(answer.key ?? answer.secret ?? answer.url ?? answer.link ?? answer.token);
  } else if (done) location.href = done.startsWith("answer:") ? answer[done.slice(7)] : fill(done, { ...form.values, ...answer });
  else if (said) {
    said.hidden = false;
    form.reset();
  } else location.reload();
}

// Asks for the password again; resolves when the server took it, rejects when given up.
function proveAgain() {
  openDialog("reauth");
  return new Promise((resolve, reject) => {
    dialogs.reauth.addEventListener("proved", resolve, { once: true });
    dialogs.reauth.addEventListener("close", () => reject(new Error("")), { once: true });
  });
}

async function sendForm(form) {
  const [method, path] = form.dataset.send.split(" ");
  const body = readForm(form);
  if (method === "PATCH") // what stayed as the dialog found it is not sent
    for (const [name, value] of Object.entries(body))
      if (name !== "name" && String(value) === form.values?.[name]) delete body[name];
  const empty = method === "DELETE" && Object.keys(body).length === 0;
  const target = fill(path, form.values ?? {});
  const raw = form.dataset.raw;
  const files = readFiles(form);
  const request = () => (raw ? sendRaw(method, target, form.elements[raw].value)
    : json(method, target, files ?? (empty ? undefined : body)));
  try {
    return await request();
  } catch (error) {
    if (error.body?.code !== "reauthentication_required") throw error;
    await proveAgain();
    return request();
  }
}

for (const form of document.querySelectorAll("form[data-send]"))
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearError(form);
    form.querySelector("[data-said]")?.setAttribute("hidden", "");
    const bad = firstBad(form);
    if (bad) return bad.focus();
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const answer = await sendForm(form);
      if (form.closest("dialog") === dialogs.reauth) {
        dialogs.reauth.dispatchEvent(new Event("proved"));
        dialogs.reauth.close();
      } else finish(form, answer);
    } catch (error) {
      if (error.message) showError(form, error);
    } finally {
      button.disabled = false;
    }
  });
