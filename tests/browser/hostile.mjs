// Fifty hostile texts as every name that is stored, then every page that shows one: nothing runs, nothing becomes
// markup, and the text stands there as it is.
import { check, forgive, page, server, signOut, url } from "./check.mjs";
import { harnessLogs } from "./logs.mjs";
import { PAYLOADS } from "./payloads.mjs";
import { ADMIN, signIn } from "./server.mjs";

const HOOKS_AT_ONCE = 10; // a user has at most 20
const NEXT_PAGES = 5;

// Calls of the API as the page makes them; answers with the bodies, and with what was not accepted.
async function store(calls) {
  await page.goto(`${url}/dashboard/account`);
  return page.evaluate(async (wanted) => {
    const token = (await (await fetch("/api/me")).json()).csrf_token;
    const refused = [], bodies = [];
    for (const { method, path, body, parts, name } of wanted) {
      let payload = JSON.stringify(body);
      if (parts) {
        payload = new FormData();
        for (const part of parts) payload.append(name, new Blob([part.text]), part.name);
      }
      const answer = await fetch(path, { method, body: payload,
        headers: { ...(parts ? {} : { "Content-Type": "application/json" }), "X-CSRF-Token": token } });
      const text = await answer.text();
      if (!answer.ok) refused.push(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
      bodies.push(text ? JSON.parse(text) : {});
    }
    return { refused, bodies };
  }, calls);
}

const post = (path, body) => ({ method: "POST", path, body });
const fileName = (payload) => payload.replaceAll("/", "_").slice(0, 80);

function ownCalls(log) {
  return PAYLOADS.flatMap((payload, i) => {
    const name = payload.slice(0, 100);
    const csv_data = log.replaceAll("atlas-7b", JSON.stringify(name));
    const tags = [payload.replaceAll(",", ";").slice(0, 50)];
    return [post("/api/dashboard/keys", { name }),
      post("/api/detect", { csv_data, label: payload, tags, draws: 0, seed: 1000 + i }),
      post("/api/jobs", { kind: "detect", input: { csv_data, label: payload, tags, draws: 0, seed: 2000 + i } }),
      post("/api/projects", { name, description: payload, task: name, metric: name }),
      post("/api/datasets/fetch", { source: `zenodo://${3000 + i}` }),
      { method: "POST", path: "/api/files", name: "file", parts: [{ text: `${log}# ${i}\n`, name: fileName(payload) }] }];
  });
}

// A frozen project whose runs are named, and deviate, by the texts; reviewed under each of them.
async function storeProject() {
  const logs = PAYLOADS.map((payload, i) => {
    const run = JSON.parse(harnessLogs(1, 1, Math.floor(Date.now() / 1000) + i * 60)[0].buffer.toString());
    Object.assign(run.config, { model_args: payload, limit: payload });
    return { text: JSON.stringify({ ...run, model_name: payload, git_hash: payload }), name: `results_${i}_${fileName(payload)}.json` };
  });
  const { bodies } = await store([post("/api/projects", { name: PAYLOADS[0].slice(0, 100) })]);
  const base = `/api/projects/${bodies[0].id}`;
  const { refused } = await store([
    post(`${base}/freeze`, { protocol: { limit: 500, [PAYLOADS[1].slice(0, 60)]: PAYLOADS[2] }, splits: ["test", "unknown"], metric: "acc,none", planned_rounds: 60 }),
    { method: "POST", path: `${base}/rounds`, name: "log", parts: logs },
    ...PAYLOADS.flatMap((payload) => [{ method: "PATCH", path: "/api/me", body: { name: payload.slice(0, 100) } },
      post(`${base}/reviews`, { decision: "comment", comment: payload, role: "preparer" })])]);
  check("fifty texts as runs, deviations, reviewers and reviews of a project", refused.length === 0, refused.slice(0, 3).join("\n"));
  return bodies[0].id;
}

// No script ran, and no text became an element or an attribute of one.
async function lookAt(path, label = path) {
  await page.goto(url + path, { waitUntil: "load" });
  const found = await page.evaluate(() => {
    const handlers = [...document.querySelectorAll("*")].filter((element) =>
      [...element.attributes].some(({ name, value }) => name.startsWith("on") || /^\s*javascript:/i.test(value)));
    return { ran: window.pwned !== undefined, handlers: handlers.map((element) => element.outerHTML.slice(0, 80)),
      strange: [...document.querySelectorAll("main iframe, main object, main embed, main base, main math, main video, main img[src=x], main script")].length };
  });
  if (found.ran || found.handlers.length || found.strange)
    check(`nothing runs on ${label}`, false, JSON.stringify(found));
  return !found.ran && !found.handlers.length && !found.strange;
}

// A list with its older pages, and every entry of it; how many pages were clean.
async function lookThrough(list, entry) {
  const details = new Set();
  let pages = 0, clean = 0, next = list;
  for (let i = 0; next && i < NEXT_PAGES; i++) {
    pages++;
    clean += await lookAt(next);
    if (entry)
      for (const href of await page.locator(`main a[href^='${entry}']`).evaluateAll((all) => all.map((a) => a.getAttribute("href"))))
        details.add(href.split("#")[0]);
    const older = page.locator("a[rel=next]");
    next = await older.count() ? list + await older.first().getAttribute("href") : null;
  }
  for (const path of details) {
    pages++;
    clean += await lookAt(path);
  }
  check(`nothing runs on ${list} and what it leads to (${pages} pages)`, clean === pages && (!entry || details.size >= 50), `${clean} of ${pages}`);
}

async function walkHooks() {
  let refused = [];
  for (let at = 0; at < PAYLOADS.length; at += HOOKS_AT_ONCE) {
    const { refused: bad, bodies } = await store(PAYLOADS.slice(at, at + HOOKS_AT_ONCE)
      .map((payload) => post("/api/hooks", { url: `${server.listener.url}/?${encodeURIComponent(payload)}` })));
    refused = [...refused, ...bad];
    await lookAt("/dashboard/hooks");
    for (const { id } of bodies.slice(0, 5)) await lookAt(`/dashboard/hooks/${id}`);
    await store(bodies.map(({ id }) => ({ method: "DELETE", path: `/api/hooks/${id}`, body: {} })));
  }
  check("fifty texts in addresses of webhooks", refused.length === 0, refused.slice(0, 3).join("\n"));
  const raw = await store(PAYLOADS.map((payload) => post("/api/hooks", { url: `${server.listener.url}/${payload}` })));
  await lookAt("/dashboard/hooks");
  await store(raw.bodies.filter(({ id }) => id).map(({ id }) => ({ method: "DELETE", path: `/api/hooks/${id}`, body: {} })));
  forgive(/status of (400|409|422)/); // most of them are no addresses
}

async function walkUsers() {
  await signOut();
  await signIn(page, url, ADMIN);
  const { refused } = await store(PAYLOADS.flatMap((payload, i) =>
    [post("/api/admin/users", { email: `hostile${i}@example.com`, name: payload.slice(0, 100), password: "quarry lantern velvet" })]));
  check("fifty texts as names of users", refused.length === 0, refused.slice(0, 3).join("\n"));
  const users = await page.evaluate(async () => (await (await fetch("/api/admin/users?limit=100")).json()).users);
  const noted = await store(users.filter(({ email }) => email.startsWith("hostile")).map(({ id, name }) =>
    ({ method: "PATCH", path: `/api/admin/users/${id}`, body: { plan: "pro", plan_note: name } })));
  check("and as notes on their plans", noted.refused.length === 0, noted.refused.slice(0, 3).join("\n"));
  for (const path of ["/dashboard/admin/users", "/dashboard/admin/audit", "/dashboard/admin/system", "/dashboard/projects?scope=all"])
    await lookThrough(path);
}

// What the page itself draws out of a file: headings, cells, refusals.
async function walkPreview() {
  await page.goto(`${url}/dashboard/new`);
  const quote = (text) => `"${text.replaceAll('"', '""').replaceAll("\n", " ")}"`;
  const lines = [["time_period", "algorithm", "performance", ...PAYLOADS.slice(0, 10)].map(quote).join(","),
    ...PAYLOADS.map((payload, i) => [String(i), payload, payload, ...PAYLOADS.slice(10, 20)].map(quote).join(","))];
  await page.fill("#log", lines.join("\n"));
  await page.waitForSelector("[data-preview] table");
  await page.click('[data-form="analyse"] [type=submit]');
  await page.waitForSelector("[data-error]:not([hidden])");
  forgive(/status of (400|422)/);
  check("nothing runs in the preview of a file or in what is said about it",
    await page.evaluate(() => window.pwned === undefined && !document.querySelector("form [onerror], form [onload], [data-error] img, [data-preview] img")));
}

export async function walkPayloads() {
  await page.goto(`${url}/dashboard/new`);
  const log = await page.evaluate(async () => (await fetch(document.querySelector("[data-sample]").dataset.sample)).text());
  const { refused } = await store(ownCalls(log));
  check("fifty texts as keys, labels, tags, systems, jobs, projects, data sets and files", refused.length === 0, refused.slice(0, 3).join("\n"));
  const project = await storeProject();
  await lookThrough("/dashboard/analyses", "/dashboard/analyses/");
  await lookThrough("/dashboard/jobs", "/dashboard/jobs/");
  await lookThrough("/dashboard/projects", "/dashboard/projects/");
  await lookThrough("/dashboard/datasets", "/dashboard/datasets/");
  await lookThrough("/dashboard/files", "/dashboard/files/");
  for (const path of ["/dashboard", "/dashboard/usage", "/dashboard/account", "/dashboard/keys", `/dashboard/projects/${project}`])
    await lookThrough(path);
  await page.goto(`${url}/dashboard/keys`);
  const names = await page.locator("tbody tr td:first-child").allTextContents();
  check("the texts stand on the page as they are", PAYLOADS.every((p) => names.includes(p.slice(0, 100))));
  await walkHooks();
  await walkPreview();
  await walkUsers();
  await signOut();
  await signIn(page, url);
}
