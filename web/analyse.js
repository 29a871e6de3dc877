// A new analysis: takes a table or logs of tools, shows what is in them, sends them, shows the result.
import { clearError, language, send, showError } from "./api.js";
import { divide, guess, looksLikePercent, mapper, missing, parse, tableOf } from "./table.js";

const PREVIEW_ROWS = 20;
const PASTE_MAX = 1 << 16; // longer text stays out of the text field
const JOB_BYTES = 2 << 20; // longer tables go to the background where the plan has jobs

const form = document.querySelector('[data-form="analyse"]');
const $ = (selector, root = document) => root.querySelector(selector);
const word = (name, values = {}) => $(`[data-word="${name}"]`).textContent
  .replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);

// What was chosen: a table's text, or files of tools; and what was said about its columns.
const input = { text: "", files: null, fileId: new URLSearchParams(location.search).get("file"),
  map: {}, percent: false, head: [] };
let running = null; // AbortController of the request under way

function setStatus(text) {
  $("[data-status]").textContent = text;
}

// --- what is in it ---

async function looksLikeTable(file) {
  if (/\.(csv|tsv|jsonl)$/i.test(file.name)) return true;
  if (/\.(zip|tar|tgz|gz|zst|eval)$/i.test(file.name)) return false;
  const start = await file.slice(0, 4096).text();
  return !/^\s*[[{]/.test(start) && !start.includes("\u0000");
}

async function takeFiles(files) {
  clearError(form);
  const chosen = [...files].filter((file) => !/\/\./.test(file.webkitRelativePath ?? ""));
  if (!chosen.length) return;
  setStatus(word("reading"));
  dropSource();
  if (chosen.length === 1 && await looksLikeTable(chosen[0])) return takeText(await chosen[0].text());
  Object.assign(input, { text: "", files: chosen, fileId: null });
  form.querySelector("#log").value = "";
  await previewLogs();
}

function takeText(text) {
  if (text.trim()) dropSource();
  const head = parse(text, 1).rows[0] ?? [];
  Object.assign(input, { text, files: null, fileId: null, percent: false, head, map: isJson(text) ? {} : guess(head) });
  const field = form.querySelector("#log");
  if (field.value !== text) field.value = text.length <= PASTE_MAX ? text : "";
  clearError(form);
  previewTable();
  check();
}

const isJson = (text) => /^\s*[[{]/.test(text);

function previewTable() {
  const place = $("[data-preview]");
  place.replaceChildren();
  place.hidden = input.text.trim() === "";
  if (place.hidden || isJson(input.text)) return;
  const { rows } = parse(input.text, PREVIEW_ROWS + 1);
  const all = input.text.split("\n").filter((line) => line.trim()).length - 1;
  const lacking = missing(input.head, input.map);
  if (lacking.length)
    place.append(Object.assign(document.createElement("p"), { className: "notice warn",
      textContent: word("need", { names: lacking.join(", ") }) }));
  place.append(tableOf(rows, word("first", { n: Math.max(rows.length - 1, 0), all })));
  place.append(mapper(input.head, input.map, word, () => { previewTable(); check(); }));
  const score = input.head.findIndex((name, i) => (input.map[i] ?? name) === "performance");
  if (score >= 0 && looksLikePercent(rows, score)) place.append(percentBox(score));
}

function percentBox(column) {
  const label = Object.assign(document.createElement("label"), { className: "box notice" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: input.percent });
  box.addEventListener("change", () => {
    input.percent = box.checked ? column : false;
    check();
  });
  input.percentColumn = column;
  label.append(box, word("percent"));
  return label;
}

// Logs of tools: the server reads them and says what each run was; nothing is counted.
async function previewLogs() {
  const place = $("[data-preview]");
  place.hidden = false;
  place.replaceChildren();
  try {
    const answer = await (await send("POST", "/api/ledger", logsForm())).json();
    const rows = [["time", "system", "task", "metric", "value", "status"],
      ...answer.ledger.slice(0, PREVIEW_ROWS).map((run) =>
        [run.time?.slice(0, 19), run.system, run.task, run.metric, run.value, run.status].map((v) => String(v ?? "–")))];
    place.append(tableOf(rows, word("runs", { runs: answer.ledger.length, files: answer.sources.length, grade: answer.grade })));
    for (const skipped of answer.excluded.slice(0, 20))
      place.append(Object.assign(document.createElement("p"), { className: "soft",
        textContent: `${skipped.path} ${word("excluded")}: ${skipped.reason}` }));
    setStatus("");
  } catch (error) {
    place.hidden = true;
    setStatus("");
    showError(form, error);
  }
}

function logsForm() {
  const body = new FormData();
  for (const file of input.files) body.append("log", file, file.webkitRelativePath || file.name);
  return body;
}

// --- what is sent ---

function options() {
  const values = { language: language() };
  for (const name of ["engine", "preset", "draws", "alpha", "seed", "attempts", "label"]) {
    const field = form.elements[name];
    if (field?.value) values[name] = field.type === "number" ? Number(field.value) : field.value;
  }
  for (const name of ["lower_is_better", "run_bootstrap"])
    if (form.elements[name].checked) values[name] = true;
  const tags = (form.elements.tags?.value ?? "").split(",").map((tag) => tag.trim()).filter(Boolean);
  if (tags.length) values.tags = tags;
  const weights = [...form.querySelectorAll("[name=weight]")].map((field) => Number(field.value));
  if (String(weights) !== "0.33,0.33,0.34") values.weights = weights;
  return values;
}

function body(extra = {}) {
  const values = { ...options(), ...extra };
  if (input.fileId) return { ...values, file_id: input.fileId };
  if (input.files) {
    const parts = logsForm();
    for (const [name, value] of Object.entries(values)) parts.append(name, String(value));
    return parts;
  }
  if (isJson(input.text)) {
    const lines = input.text.trim();
    const rows = lines.startsWith("[") ? JSON.parse(lines)
      : lines.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
    return { ...values, rows };
  }
  const map = Object.fromEntries(Object.entries(input.map).map(([i, name]) => [input.head[i], name]));
  const text = input.percent === false ? input.text : divide(input.text, input.percent);
  return { ...values, csv_data: text, ...(Object.keys(map).length ? { map } : {}) };
}

// A record or data set that the server has, or fetches.
const source = () => form.elements.source?.value.trim() ?? "";

function dropSource() {
  if (form.elements.source) form.elements.source.value = "";
}

function hasInput() {
  if (source() || input.files || input.fileId || input.text.trim()) return true;
  showError(form, new Error(word("nothing")));
  return false;
}

// --- line errors lead to their line ---

form?.querySelector("[data-error]").addEventListener("click", (event) => {
  const line = Number(event.target.closest("[data-line]")?.dataset.line);
  const field = form.querySelector("#log");
  if (!line || !field.value) return;
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
  field.focus();
  field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  field.scrollTop = (line - 3) * (field.scrollHeight / lines.length);
});

// --- running ---

async function run(path, payload, saying, done, headers = {}) {
  if (running) running.abort();
  running = new AbortController();
  const mine = running;
  clearError(form);
  const begun = performance.now();
  const tick = setInterval(() =>
    setStatus(`${saying} ${((performance.now() - begun) / 1000).toFixed(1)} s`), 100);
  try {
    await done(await send("POST", path, payload, "application/json", mine.signal, headers));
  } catch (error) {
    if (error.name === "AbortError") setStatus(mine === running ? word("cancelled") : "");
    else showError(form, error);
    return;
  } finally {
    clearInterval(tick);
    if (mine === running) running = null;
    if ($("[data-status]").textContent.startsWith(saying)) setStatus("");
  }
}

function busy(on) {
  for (const button of form.querySelectorAll("[type=submit], [data-validate]")) button.disabled = on;
  $("[data-cancel]", form).hidden = $("[data-progress]", form).hidden = !on;
}

let waiting;
function check() {
  clearTimeout(waiting);
  waiting = setTimeout(validate, 300);
}

async function validate() {
  if (!hasInput()) return;
  if (source() || input.files || input.fileId || missing(input.head, input.map).length && !isJson(input.text)) return;
  await run("/api/validate", body(), word("reading"), async (answer) => {
    const found = await answer.json();
    const { num_rows: rows, num_algorithms: systems, num_settings: settings } = found.data_stats;
    setStatus([word("fine"), word("shape", { rows, systems, settings }),
      ...found.warnings.map((warning) => warning.message)].join(" · "));
  });
}

function showResult(html, id) {
  const result = $("[data-result]");
  $("[data-report]").innerHTML = html; // rendered and escaped by this server
  const kept = $("[data-kept]");
  kept.hidden = !id;
  if (id) kept.href = `/dashboard/analyses/${id}`;
  $("[data-curl]").textContent = command();
  $("[data-input]").open = false;
  result.hidden = false;
  result.focus();
  result.scrollIntoView();
}

function command() {
  const { language: lang, ...values } = options();
  const shown = Object.entries(values).filter(([, value]) => !Array.isArray(value));
  const head = `curl -H "X-API-Key: $SLEUTH_KEY" -H "Accept-Language: ${lang}" \\\n     `;
  if (input.files)
    return `${head}${input.files.slice(0, 3).map((file) => `-F log=@${file.name}`).join(" ")} ` +
      `${shown.map(([k, v]) => `-F ${k}=${v}`).join(" ")} \\\n     ${location.origin}/api/detect`;
  const query = new URLSearchParams(shown).toString();
  return `${head}-H "Content-Type: ${isJson(input.text) ? "application/x-ndjson" : "text/csv"}" --data-binary @log \\\n` +
    `     '${location.origin}/api/detect?${query}'`;
}

async function save(format) {
  await run(`/api/detect?format=${format}`, body({ store: false }), word("running"), async (answer) => {
    const url = URL.createObjectURL(await answer.blob());
    const link = Object.assign(document.createElement("a"), { href: url, download: `sleuth-report.${format}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  });
}

function wantsJob() {
  const box = form.elements.background;
  return box && (box.checked || (!input.files && !source() && input.text.length > JOB_BYTES));
}

const openJob = async (answer) => { location.href = `/dashboard/jobs/${(await answer.json()).job.id}`; };

// Logs of tools travel as a form, which POST /api/detect turns into a job when asked to.
async function runJob() {
  if (source()) return run("/api/jobs", { kind: "analyze_zenodo", input: { ...options(), source: source() } }, word("running"), openJob);
  if (input.files) return run("/api/detect", body(), word("running"), openJob, { Prefer: "respond-async" });
  return run("/api/jobs", { kind: "detect", input: body() }, word("running"), openJob);
}

async function runNow() {
  if (source())
    return run("/api/analyze_zenodo", { ...options(), source: source() }, word("fetching"), async (answer) => {
      location.href = `/dashboard/analyses/${(await answer.json()).sleuth_analysis.id}`;
    });
  return run("/api/detect?format=fragment", body(), word("running"), async (answer) =>
    showResult(await answer.text(), answer.headers.get("Sleuth-Analysis-Id")));
}

function start() {
  if (input.fileId) setStatus(word("stored"));
  const drop = $("[data-drop]", form);
  const folder = $("#folder", form);
  $("#file", form).addEventListener("change", (event) => takeFiles(event.target.files));
  folder.addEventListener("change", () => takeFiles(folder.files));
  $("[data-folder]", form).addEventListener("click", () => folder.click());
  for (const name of ["dragover", "dragleave", "drop"])
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") takeFiles(event.dataTransfer.files);
    });
  $("#log", form).addEventListener("input", (event) => takeText(event.target.value));
  for (const button of form.querySelectorAll("[data-sample]"))
    button.addEventListener("click", async () => takeText(await (await fetch(button.dataset.sample)).text()));

  const weights = $("[data-weights]", form);
  weights.addEventListener("input", () => {
    const sum = [...weights.querySelectorAll("input")].reduce((all, field) => all + Number(field.value), 0);
    const fine = Math.abs(sum - 1) < 1e-9;
    $("[data-sum]", form).textContent = fine ? "" : word("sum", { sum: sum.toFixed(3) });
    for (const field of weights.querySelectorAll("input")) field.setAttribute("aria-invalid", String(!fine));
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    if (!hasInput()) return;
    busy(true);
    await (wantsJob() ? runJob() : runNow());
    busy(false);
  });
  $("[data-validate]", form).addEventListener("click", validate);
  $("[data-cancel]", form).addEventListener("click", () => running?.abort());
  for (const button of document.querySelectorAll("[data-save]"))
    button.addEventListener("click", () => save(button.dataset.save));
  $("[data-copy-curl]").addEventListener("click", async (event) => {
    await navigator.clipboard.writeText($("[data-curl]").textContent);
    event.target.textContent = word("copied");
  });
}

if (form) start();
