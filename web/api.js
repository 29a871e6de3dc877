// Calls the API of this server with the session's cookie and CSRF token; errors become sentences.

export class ApiError extends Error {
  constructor(status, body) {
    super(body.message || body.details || body.error || `HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

// The token is bound to the session and stands in the answer of GET /api/me; visitors have none.
let csrf = null;

async function csrfToken() {
  if (csrf || !("signedIn" in document.documentElement.dataset)) return csrf;
  const answer = await fetch("/api/me", { headers: { Accept: "application/json" } });
  if (answer.ok) csrf = (await answer.json()).csrf_token ?? null;
  return csrf;
}

export function language() {
  return document.documentElement.lang.startsWith("zh") ? "zh" : "en";
}

// method, path, body (object → JSON; string with type → as it is; FormData → a form; Blob), more headers.
// Returns the Response; aborting the signal ends it.
export async function send(method, path, body, type = "application/json", signal = undefined, more = {}) {
  const headers = { Accept: "application/json", "Accept-Language": language(), ...more };
  const isForm = body instanceof FormData;
  if (body !== undefined && !isForm) headers["Content-Type"] = type;
  if (method !== "GET") {
    const token = await csrfToken();
    if (token) headers["X-CSRF-Token"] = token;
  }
  const payload = body === undefined || isForm || typeof body === "string" || body instanceof Blob ? body : JSON.stringify(body);
  const answer = await fetch(path, { method, headers, body: payload, signal });
  if (answer.ok) return answer;
  const text = await answer.text();
  let problem;
  try { problem = JSON.parse(text); } catch { problem = { error: text.slice(0, 200) }; }
  throw new ApiError(answer.status, problem);
}

export async function json(method, path, body) {
  const answer = await send(method, path, body);
  return answer.status === 204 ? null : answer.json();
}

export function showError(form, error) {
  const place = form.querySelector("[data-error]");
  place.replaceChildren();
  const sentence = document.createElement("p");
  sentence.textContent = error.message;
  place.append(sentence);
  const rows = error.body?.errors ?? [];
  if (rows.length) {
    const list = document.createElement("ul");
    for (const row of rows.slice(0, 20)) {
      const item = document.createElement("li");
      const where = [row.line && `${row.line}`, row.column].filter(Boolean).join(", ");
      const text = where ? `${where}: ${row.message}` : row.message;
      if (row.line) { // leads to the line, where the page has it
        const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: text });
        button.dataset.line = row.line;
        item.append(button);
      } else item.textContent = text;
      list.append(item);
    }
    place.append(list);
  }
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
}

export function clearError(form) {
  form.querySelector("[data-error]").hidden = true;
}
