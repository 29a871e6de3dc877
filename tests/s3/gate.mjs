// An S3 service in memory that lets only correctly signed requests in, judged by AWS's own signer.
//
//   node gate.mjs [PORT]      prints its URL; the control paths below are not S3's
//   GET  /_objects            keys with sizes and hashes
//   POST /_flip?key=…         flips one bit of a stored object
//   POST /_drop?key=…         an object nobody put away: adds it
//   POST /_fail?n=…&how=…     the next n requests: slow (503 SlowDown), cut (connection closed)
//   POST /_upload?key=…       an upload that nobody finishes
//   POST /_skew?s=…           another clock
//   GET  /_refused            codes of the requests that were refused
import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac, randomBytes } from "node:crypto";
import http from "node:http";

const PAIR = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const REGION = "us-east-1", BUCKET = "testb", SKEW_S = 900;
const objects = new Map(), uploads = new Map(), refused = [];
let fail = { n: 0, how: "slow" }, skewMs = 0;

class Sha256 {
  constructor(secret) {
    this.hash = secret ? createHmac("sha256", toBytes(secret)) : createHash("sha256");
  }
  update(data) { this.hash.update(toBytes(data)); }
  async digest() { return new Uint8Array(this.hash.digest()); }
}
const toBytes = (x) => typeof x === "string" ? Buffer.from(x, "utf8")
  : x instanceof ArrayBuffer ? Buffer.from(x) : Buffer.from(x.buffer, x.byteOffset, x.byteLength);
const signer = new SignatureV4({ credentials: PAIR, region: REGION, service: "s3", sha256: Sha256,
  uriEscapePath: false, applyChecksum: false });
const hex = (bytes) => createHash("sha256").update(bytes).digest("hex");
const strict = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
const dateOf = (text) => new Date(text.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, "$1-$2-$3T$4:$5:$6Z"));

function queryOf(url) {
  const query = {};
  for (const [name, value] of url.searchParams) query[name] = value;
  return query;
}

// null, or [status, code]
async function judge(request, url, body) {
  const path = url.pathname.split("/").map((part) => strict(decodeURIComponent(part))).join("/");
  const query = queryOf(url);
  const base = { method: request.method, protocol: "http:", hostname: "127.0.0.1", path };
  if (query["X-Amz-Signature"]) {
    const { ["X-Amz-Signature"]: given, ...rest } = query;
    const when = dateOf(rest["X-Amz-Date"]);
    if (Date.now() > when.getTime() + Number(rest["X-Amz-Expires"]) * 1000) return [403, "AccessDenied"];
    for (const name of ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"])
      delete rest[name];
    delete rest["x-id"];
    const want = await signer.presign({ ...base, headers: { host: request.headers.host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }, query: rest },
      { signingDate: when, expiresIn: Number(query["X-Amz-Expires"]), unhoistableHeaders: new Set(["x-amz-content-sha256"]),
        unsignableHeaders: new Set(["x-amz-content-sha256"]) });
    return want.query["X-Amz-Signature"] === given ? null : [403, "SignatureDoesNotMatch"];
  }
  const auth = request.headers.authorization ?? "";
  const match = auth.match(/^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/);
  if (!match) return [403, "AccessDenied"];
  const [, id, , region, service, names, given] = match;
  if (id !== PAIR.accessKeyId) return [403, "InvalidAccessKeyId"];
  if (region !== REGION || service !== "s3") return [400, "AuthorizationHeaderMalformed"];
  const sum = request.headers["x-amz-content-sha256"];
  if (!sum) return [400, "InvalidRequest"];
  const when = dateOf(request.headers["x-amz-date"] ?? "");
  if (!(Math.abs(Date.now() + skewMs - when.getTime()) <= SKEW_S * 1000)) return [403, "RequestTimeTooSkewed"];
  const listed = names.split(";");
  for (const name of Object.keys(request.headers))
    if ((name.startsWith("x-amz-") || name === "host") && !listed.includes(name)) return [403, "AccessDenied"];
  const headers = {};
  for (const name of listed) headers[name] = request.headers[name] ?? "";
  const want = await signer.sign({ ...base, headers, query, body },
    { signingDate: when, signableHeaders: new Set(listed) });
  if (want.headers.authorization.split("Signature=")[1] !== given) return [403, "SignatureDoesNotMatch"];
  if (/^[0-9a-f]{64}$/.test(sum) && sum !== hex(body)) return [400, "XAmzContentSHA256Mismatch"];
  return null;
}

const xml = (text) => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
function send(response, status, body = "", headers = {}) {
  response.writeHead(status, { "content-type": "application/xml", "content-length": Buffer.byteLength(body), ...headers });
  response.end(body);
}
function error(response, status, code, method) {
  refused.push(code);
  const more = code === "AuthorizationHeaderMalformed" ? `<Region>${REGION}</Region>` : "";
  send(response, status, method === "HEAD" ? "" : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message>${more}</Error>`,
    code === "AuthorizationHeaderMalformed" ? { "x-amz-bucket-region": REGION } : {});
}

function list(response, query) {
  const prefix = query.prefix ?? "", max = Math.min(Number(query["max-keys"] ?? 1000), 3); // small pages: tokens are used
  const after = query["continuation-token"] ? Buffer.from(query["continuation-token"], "base64").toString() : "";
  const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = keys.slice(0, max);
  const more = keys.length > max;
  send(response, 200, `<?xml version="1.0"?><ListBucketResult><Name>${BUCKET}</Name><IsTruncated>${more}</IsTruncated>` +
    (more ? `<NextContinuationToken>${Buffer.from(page.at(-1)).toString("base64")}</NextContinuationToken>` : "") +
    page.map((key) => `<Contents><Key>${xml(key)}</Key><Size>${objects.get(key).length}</Size><ETag>&quot;x&quot;</ETag></Contents>`).join("") +
    "</ListBucketResult>");
}

function bucket(request, response, query) {
  if (request.method === "HEAD") return send(response, 200);
  if ("uploads" in query)
    return send(response, 200, "<ListMultipartUploadsResult>" + [...uploads].map(([id, u]) =>
      `<Upload><Key>${xml(u.key)}</Key><UploadId>${id}</UploadId></Upload>`).join("") + "</ListMultipartUploadsResult>");
  return list(response, query);
}

function multipart(request, response, key, query, body) {
  if ("uploads" in query) {
    const id = randomBytes(8).toString("hex");
    uploads.set(id, { key, parts: new Map() });
    return send(response, 200, `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  }
  const upload = uploads.get(query.uploadId);
  if (!upload) return error(response, 404, "NoSuchUpload", request.method);
  if (request.method === "DELETE") { uploads.delete(query.uploadId); return send(response, 204); }
  if (request.method === "PUT") {
    upload.parts.set(Number(query.partNumber), body);
    return send(response, 200, "", { etag: `"${createHash("md5").update(body).digest("hex")}"` });
  }
  const numbers = [...upload.parts.keys()].sort((a, b) => a - b);
  if (numbers.slice(0, -1).some((n) => upload.parts.get(n).length < 5 << 20)) // an error with status 200
    return send(response, 200, "<Error><Code>EntityTooSmall</Code></Error>");
  objects.set(key, Buffer.concat(numbers.map((n) => upload.parts.get(n))));
  uploads.delete(query.uploadId);
  return send(response, 200, "<CompleteMultipartUploadResult><ETag>x-2</ETag></CompleteMultipartUploadResult>");
}

function object(request, response, key, query, body) {
  if ("uploads" in query || "uploadId" in query) return multipart(request, response, key, query, body);
  const stored = objects.get(key);
  if (request.method === "PUT") {
    objects.set(key, body);
    return send(response, 200, "", { etag: `"${createHash("md5").update(body).digest("hex")}"` });
  }
  if (request.method === "DELETE") { objects.delete(key); return send(response, 204); }
  if (!stored) return error(response, 404, "NoSuchKey", request.method);
  response.writeHead(200, { "content-length": stored.length, "content-type": "application/octet-stream" });
  response.end(request.method === "HEAD" ? undefined : stored);
}

function control(response, url) {
  const key = url.searchParams.get("key");
  if (url.pathname === "/_flip") {
    const bytes = Buffer.from(objects.get(key));
    bytes[bytes.length >> 1] ^= 4;
    objects.set(key, bytes);
  }
  if (url.pathname === "/_drop") objects.set(key, Buffer.from("x"));
  if (url.pathname === "/_upload") uploads.set("stale", { key, parts: new Map() });
  if (url.pathname === "/_skew") skewMs = 1000 * Number(url.searchParams.get("s"));
  if (url.pathname === "/_fail") fail = { n: Number(url.searchParams.get("n")), how: url.searchParams.get("how") };
  const body = url.pathname === "/_refused" ? refused
    : { uploads: uploads.size, objects: [...objects].map(([name, bytes]) => ({ key: name, size: bytes.length, sha256: hex(bytes) })) };
  send(response, 200, JSON.stringify(body));
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const url = new URL(request.url, "http://gate");
    const body = Buffer.concat(chunks);
    if (url.pathname.startsWith("/_")) return control(response, url);
    if (fail.n > 0) {
      fail.n--;
      return fail.how === "cut" ? request.socket.destroy() : error(response, 503, "SlowDown", request.method);
    }
    const wrong = await judge(request, url, body);
    if (wrong) return error(response, ...wrong, request.method);
    const [, name, ...rest] = url.pathname.split("/");
    if (name !== BUCKET) return error(response, 404, "NoSuchBucket", request.method);
    const key = decodeURIComponent(rest.join("/"));
    return key ? object(request, response, key, queryOf(url), body) : bucket(request, response, queryOf(url));
  });
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
