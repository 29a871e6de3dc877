// The web app: takes a log, shows its first rows, sends it, shows the result that the server rendered.
import { clearError, language, send, showError } from "./api.js";

const form = document.querySelector('[data-form="analyse"]');
if (form) start();

function start() {
  const log = form.elements.log;
  const file = document.getElementById("file");
  const drop = form.querySelector("[data-drop]");
  const result = document.querySelector("[data-result]");
  const status = form.querySelector("[data-status]");

  const take = async (source) => {
    log.value = await source.text();
    preview(log.value);
    clearError(form);
  };
  file.addEventListener("change", () => file.files[0] && take(file.files[0]));
  for (const name of ["dragover", "dragleave", "drop"])
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
    });
  log.addEventListener("input", () => preview(log.value));
  for (const button of form.querySelectorAll("[data-sample]"))
    button.addEventListener("click", async () => take(await fetch(button.dataset.sample)));

  // Text that starts like JSON goes as JSON lines, everything else as CSV.
  const contentType = () => (/^\s*[[{]/.test(log.value) ? "application/x-ndjson" : "text/csv");
  const query = (extra) => {
    const values = new URLSearchParams({ language: language(), ...extra });
    for (const name of ["engine", "draws", "seed"])
      if (form.elements[name].value) values.set(name, form.elements[name].value);
    if (form.elements.lower_is_better.checked) values.set("lower_is_better", "true");
    return values;
  };

  const run = async (path, done) => {
    clearError(form);
    const begun = performance.now();
    const tick = setInterval(() => {
      status.textContent = `${((performance.now() - begun) / 1000).toFixed(1)} s`;
    }, 100);
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    try {
      await done(await send("POST", path, log.value, contentType()));
    } catch (error) {
      result.hidden = true;
      showError(form, error);
    } finally {
      clearInterval(tick);
      status.textContent = "";
      for (const button of form.querySelectorAll("button")) button.disabled = false;
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(`/api/detect?${query({ format: "fragment" })}`, async (answer) => {
      result.innerHTML = await answer.text(); // rendered and escaped by this server
      result.hidden = false;
      result.focus();
      result.scrollIntoView();
    });
  });
  form.querySelector("[data-validate]").addEventListener("click", () =>
    run(`/api/validate?${query({})}`, async () => { status.textContent = "✓"; }));
}

// The first rows as a table; only text nodes, whatever the file holds.
function preview(text) {
  const place = form.querySelector("[data-preview]");
  const lines = text.split(/\r?\n/).filter(Boolean).slice(0, 21);
  place.hidden = lines.length < 2;
  if (place.hidden) return;
  const separator = [",", ";", "\t", "|"].map((c) => [lines[0].split(c).length, c]).sort((a, b) => b[0] - a[0])[0][1];
  const table = document.createElement("table");
  lines.forEach((line, index) => {
    const row = table.insertRow();
    for (const cell of line.split(separator).slice(0, 12)) {
      const field = document.createElement(index ? "td" : "th");
      field.textContent = cell;
      row.append(field);
    }
  });
  const frame = Object.assign(document.createElement("div"), { className: "scroll", tabIndex: 0 });
  frame.append(table);
  place.replaceChildren(frame);
}
