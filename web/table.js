// A hand-made table before it is sent: parsing, preview, names of columns, percent.

const KNOWN = ["time_period", "algorithm", "performance"];

// Rows of fields (RFC 4180); at most `limit` rows. Separator as the server detects it.
export function parse(text, limit = Infinity) {
  const head = text.split(/\r?\n/, 1)[0];
  const separator = [",", ";", "\t", "|"].map((c) => [head.split(c).length, c])
    .sort((a, b) => b[0] - a[0])[0][1];
  const rows = [];
  let row = [], field = "", quoted = false;
  const endRow = () => {
    row.push(field);
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = []; field = "";
  };
  for (let i = text.charCodeAt(0) === 0xfeff ? 1 : 0; i < text.length && rows.length < limit; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (c === '"' && field === "") quoted = true;
    else if (c === separator) { row.push(field); field = ""; }
    else if (c === "\n") endRow();
    else if (c !== "\r") field += c;
  }
  if (field !== "" || row.length) endRow();
  return { separator, rows };
}

const quote = (field) => /[",;\t|\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;

// The text with one column divided by 100; what is no number stays.
export function divide(text, column) {
  const { separator, rows } = parse(text);
  for (const row of rows.slice(1))
    if (row[column] !== "" && isFinite(row[column]))
      row[column] = String(Number((Number(row[column]) / 100).toPrecision(15)));
  return rows.map((row) => row.map(quote).join(separator)).join("\n") + "\n";
}

export function missing(head, map) {
  const names = head.map((name, i) => map[i] ?? name);
  return KNOWN.filter((name) => !names.includes(name));
}

// A guess for columns that have other names.
export function guess(head) {
  const words = { time_period: /^(time|period|round|step|epoch|date|轮次|时间)/i,
    algorithm: /^(algo|model|system|name|模型|系统)/i,
    performance: /^(perf|score|acc|metric|value|得分|准确率|性能)/i };
  const map = {};
  for (const name of missing(head, {})) {
    const at = head.findIndex((column, i) => words[name].test(column) && !KNOWN.includes(column) && !map[i]);
    if (at >= 0) map[at] = name;
  }
  return map;
}

// Does that column hold scores between 1 and 100?
export function looksLikePercent(rows, column) {
  const values = rows.slice(1).map((row) => Number(row[column])).filter(isFinite);
  return values.length > 0 && Math.max(...values) > 1.5 && Math.max(...values) <= 100 && Math.min(...values) >= 0;
}

const node = (tag, text, attributes = {}) => Object.assign(document.createElement(tag),
  text === undefined ? attributes : { textContent: text, ...attributes });

// The first rows; only text nodes, whatever the file holds.
export function tableOf(rows, caption) {
  const table = node("table");
  table.append(node("caption", caption));
  rows.forEach((cells, index) => {
    const row = (index ? table.tBodies[0] ?? table.createTBody() : table.createTHead()).insertRow();
    for (const cell of cells.slice(0, 16))
      row.append(index ? node("td", cell) : node("th", cell, { scope: "col" }));
  });
  const frame = node("div", undefined, { className: "scroll", tabIndex: 0 });
  frame.append(table);
  return frame;
}

// One choice per column; `changed` is told the new map.
export function mapper(head, map, word, changed) {
  const box = node("details", undefined, { className: "card", open: missing(head, map).length > 0 });
  box.append(node("summary", word("column")));
  const grid = node("div", undefined, { className: "three" });
  head.forEach((name, i) => {
    const label = node("label");
    const select = node("select");
    const setting = `constraint_${name.replace(/^constraint_/, "")}`;
    const choices = [["", word("asis")], ...KNOWN.map((known) => [known, known]),
      [setting, word("setting")], [`ignored_${i}`, word("leave")]];
    for (const [value, text] of choices)
      if (value !== name) select.append(node("option", text, { value, selected: map[i] === value }));
    select.addEventListener("change", () => {
      if (select.value) map[i] = select.value; else delete map[i];
      changed();
    });
    label.append(node("span", name), select);
    grid.append(label);
  });
  box.append(grid);
  return box;
}
