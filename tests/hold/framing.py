"""Requests that two parsers may read in two ways, paths that lead out of the tree, names that would
end a header: each hostile request gets exactly one refusal, nothing of it comes back as markup or
header, and every answer carries its security headers."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from scenario import Server, check, done
from crowd import at_once, counted, status_of

server = Server("--no-tls")


def ask(octets, wait=3.0):
    """The answer and whether the server closed."""
    (answer, took), = at_once(server.port, [octets], wait)
    return answer, took < wait


# --- B5: framing -----------------------------------------------------------------------------------

POST = b"POST /api/validate HTTP/1.1\r\nHost: a\r\nX-API-Key: " + server.key.encode() + b"\r\n"
GET = b"GET /health HTTP/1.1\r\n"
SMUGGLED = b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
HOSTILE = {
    "length and chunked": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two different lengths": POST + b"Content-Length: 0\r\nContent-Length: 37\r\n\r\n" + SMUGGLED,
    "a list of lengths": POST + b"Content-Length: 0, 37\r\n\r\n" + SMUGGLED,
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nabcde",
    "a negative length": POST + b"Content-Length: -1\r\n\r\n",
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked, then identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunked in HTTP/1.0": b"POST /api/validate HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "no host": GET + b"X: y\r\n\r\n" + SMUGGLED,
    "two hosts": GET + b"Host: a\r\nHost: b\r\n\r\n" + SMUGGLED,
    "a bare LF": b"GET /health HTTP/1.1\nHost: a\n\n" + SMUGGLED,
    "a bare LF in a field": GET + b"Host: a\nX: y\r\n\r\n" + SMUGGLED,
    "a folded field": GET + b"Host: a\r\nX: y\r\n z\r\n\r\n" + SMUGGLED,
    "a NUL in a field": GET + b"Host: a\r\nX: y\0z\r\n\r\n" + SMUGGLED,
    "a blank before the colon": GET + b"Host : a\r\n\r\n" + SMUGGLED,
    "a chunk of 2^64 and some": CHUNKED + b"10000000000000005\r\nabcde\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk with a sign": CHUNKED + b"+5\r\nabcde\r\n0\r\n\r\n" + SMUGGLED,
    "junk behind a chunk": CHUNKED + b"5\r\nabcdeXX\r\n0\r\n\r\n" + SMUGGLED,
    "10,000 fields": GET + b"Host: a\r\n" + b"X: y\r\n" * 10000 + b"\r\n" + SMUGGLED,
    "a field of 1 MB": GET + b"Host: a\r\nX: " + b"y" * (1 << 20) + b"\r\n\r\n",
}
wrong = {}
for name, octets in HOSTILE.items():
    answer, closed = ask(octets)
    # What is too large to be read may be cut without a word; everything else gets one answer.
    large = len(octets) > 50000
    one = answer.count(b"HTTP/1.1 ") == 1 and status_of(answer) in (400, 413, 431, 501)
    if not closed or not (one or large and not answer):
        wrong[name] = (answer[:60], closed)
check("each hostile request gets one refusal and a close", not wrong, wrong)
polite = {"a plain request": GET + b"Host: a\r\nConnection: close\r\n\r\n",
          "a chunked body": CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1) + b"2\r\n{}\r\n0\r\n\r\n",
          "two equal requests in a row": GET + b"Host: a\r\n\r\n" + GET + b"Host: a\r\nConnection: close\r\n\r\n"}
counts = {name: ask(octets)[0].count(b"HTTP/1.1 ") for name, octets in polite.items()}
check("polite ones are served", list(counts.values()) == [1, 1, 2], counts)
for name, octets in {
        "upgrade": GET + b"Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
        "preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"}.items():
    answer, _ = ask(octets, 1)
    check(f"no HTTP/2 in clear by {name}", b" 101 " not in answer and not answer.startswith(b"\0\0"), answer[:40])

# --- B12: paths ------------------------------------------------------------------------------------------

ESCAPES = ["../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "..\\", "%252e%252e%252f", "..%c0%af", "%c0%ae%c0%ae/",
           "..%00/", ".%2e/", "..;/", "....//", "%u002e%u002e/", "..%ef%bc%8f"]
PLACES = ["/static/", "/assets/", "/files/", "/docs/", "/shared/", "/api/files/", "/"]
TARGETS = ["etc/passwd", "secrets/master.key", "db/data.mdb", "proc/self/environ"]
paths = [place + escape * depth + target for place in PLACES for escape in ESCAPES for depth in (1, 3, 8)
         for target in TARGETS]
paths += [place + name for place in PLACES for name in (
    "%00", "a%00.css", "%2e", "%2e%2e", "..", "con", "file:///etc/passwd", "//etc/passwd", "%ff%fe", "a" * 5000)]
answers = []
for at in range(0, len(paths), 100):
    answers += at_once(server.port, [request_line.encode("latin-1") for request_line in (
        f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" for path in paths[at:at + 100])], 20)
leaks = [path for path, (answer, _) in zip(paths, answers) if b"root:" in answer or status_of(answer) == 200]
statuses = counted([status_of(answer) for answer, _ in answers])
check("no path leads anywhere", not leaks and set(statuses) <= {400, 401, 404}, (statuses, leaks[:3]))
check("a path that does is served", status_of(ask(b"GET /docs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")[0]) == 200)

# --- B9: what comes back ------------------------------------------------------------------------------------

EVIL = ["a%0d%0aSet-Cookie:%20evil=1", "a%0aX-Evil:%201", "%00", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "%e5%98%8a%e5%98%8dX-Evil:1"]
requests, names = [], []
for evil in EVIL:
    for path in (f"/api/{evil}", f"/login?next={evil}", f"/api/analyses?label={evil}", f"/docs/{evil}", f"/shared/{evil}",
                 f"/api/dashboard/keys/{evil}", f"/?lang={evil}"):
        names.append(path)
        requests.append(f"GET {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {server.key}\r\nConnection: close\r\n\r\n".encode())
for value in ("x\x1b[31m", "x" * 200, "../../x", "<script>", "a;b=c"):
    names.append("X-Request-Id " + repr(value))
    requests.append(f"GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: {value}\r\nConnection: close\r\n\r\n".encode())
bad, bare = [], []
for name, (answer, _) in zip(names, at_once(server.port, requests, 20)):
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = {line.split(b":")[0].strip().lower() for line in head.split(b"\r\n")[1:]}
    if fields & {b"x-evil"} or b"evil=1" in head or b"<script>alert" in body or b"\x1b" in answer:
        bad.append(name)
    if answer.endswith(b"\r\n\r\nBad Request"):
        continue  # the parser's own, before there is a request
    if not {b"x-content-type-options", b"referrer-policy", b"content-security-policy", b"x-request-id"} <= fields:
        bare.append((name, head[:200]))
check("no hostile name becomes a header or markup", not bad, bad)
check("every answer carries its security headers", not bare, bare[:2])
check("stops in order", server.stop()[0] == 0)
check("nothing was logged as an error", "level=error" not in server.errors, server.errors)
print(f"figure: {len(HOSTILE)} hostile framings refused once each, {len(paths)} paths ({statuses}), none out of the tree, "
      f"{len(requests)} hostile names without effect")
done()
