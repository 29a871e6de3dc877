"""/api/files over a real connection: both ways to upload, ranges, space, two tenants, kill -9."""
import base64
import hashlib
import io
import json
import os
import zipfile

from installed import Installed
from scenario import check, done

A, B, FREE = "a@example.com", "b@example.com", "free@example.com"
server = Installed({A: "enterprise", B: "enterprise", FREE: "free"})
CSV = "time_period,algorithm,performance\n" + "".join(
    "%d,model-%d,0.%d\n" % (t, m, 500 + t * 7 % 100) for t in range(50) for m in range(4))


def sha(data):
    return hashlib.sha256(data if isinstance(data, bytes) else data.encode()).hexdigest()


def put(user, name, body, headers=None):
    return server.json("POST", "/api/files?name=" + name, user, body,
                       {"Content-Type": "text/csv", **(headers or {})})


# --- one piece ---
status, file = put(A, "log.csv", CSV)
check("a file is stored", status == 201 and file["state"] == "complete", file)
check("its facts are told", (file["sha256"], file["md5"], file["size"], file["mime"], file["rows"],
                             file["columns"]) ==
      (sha(CSV), hashlib.md5(CSV.encode()).hexdigest(), len(CSV), "text/csv", 200, 3), file)
status, again = put(A, "copy.csv", CSV)
check("the same content is kept once", (status, again["id"]) == (200, file["id"]), again)
form = ("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../f.csv\"\r\n\r\n"
        "a,b\n1,2\n\r\n--x--\r\n")
status, formed = server.json("POST", "/api/files", A, form,
                             {"Content-Type": "multipart/form-data; boundary=x"})
check("a form is taken", (status, formed.get("name"), formed.get("size")) == (201, "f.csv", 8), formed)
digest = base64.b64encode(hashlib.sha256(b"abc").digest()).decode()
status, _ = put(A, "d.txt", "abc", {"Content-Digest": "sha-256=:%s:" % digest})
check("a right Content-Digest passes", status == 201, status)
status, answer = put(A, "e.txt", "abd", {"Content-Digest": "sha-256=:%s:" % digest})
check("a wrong one does not", (status, answer["code"]) == (422, "digest_mismatch"), answer)

# --- content ---
path = "/api/files/" + file["id"]
status, headers, body = server.call("GET", path + "/content", A)
check("the bytes come back", status == 200 and body == CSV.encode(), status)
check("as an attachment with its hash", headers["etag"] == '"%s"' % sha(CSV) and
      headers["content-disposition"].startswith('attachment; filename="log.csv"') and
      headers["x-content-type-options"] == "nosniff" and headers["accept-ranges"] == "bytes", headers)
for text, first, last in (("bytes=0-9", 0, 9), ("bytes=10-", 10, len(CSV) - 1),
                          ("bytes=-5", len(CSV) - 5, len(CSV) - 1),
                          ("bytes=%d-%d" % (len(CSV) - 1, len(CSV) + 9), len(CSV) - 1, len(CSV) - 1)):
    status, headers, body = server.call("GET", path + "/content", A, headers={"Range": text})
    check("range " + text, status == 206 and body == CSV.encode()[first:last + 1] and
          headers["content-range"] == "bytes %d-%d/%d" % (first, last, len(CSV)), (status, headers))
status, headers, _ = server.call("GET", path + "/content", A, headers={"Range": "bytes=99999-"})
check("a range outside is 416", status == 416 and
      headers["content-range"] == "bytes */%d" % len(CSV), (status, headers))
for text in ("bytes=5-2", "lines=1-2", "bytes=0-1,4-5"):
    status, _, body = server.call("GET", path + "/content", A, headers={"Range": text})
    check("'%s' gives the whole" % text, status == 200 and len(body) == len(CSV), status)
status, _, body = server.call("GET", path + "/content", A,
                              headers={"Range": "bytes=0-9", "If-Range": '"other"'})
check("If-Range of another content gives the whole", status == 200 and len(body) == len(CSV), status)
status, _, body = server.call("GET", path + "/content", A,
                              headers={"If-None-Match": '"%s"' % sha(CSV)})
check("a known content is 304", (status, body) == (304, b""), status)
status, preview = server.json("GET", path + "/preview?rows=2", A)
check("a preview has columns, types and rows", status == 200 and
      preview["columns"] == [{"name": "time_period", "type": "integer"},
                             {"name": "algorithm", "type": "text"},
                             {"name": "performance", "type": "number"}] and
      preview["rows"] == [["0", "model-0", "0.500"], ["0", "model-1", "0.500"]] and
      preview["rows_total"] == 200, preview)

# --- two tenants ---
for method, tail in (("GET", ""), ("GET", "/content"), ("GET", "/preview"), ("DELETE", ""),
                     ("PUT", "/parts/1"), ("POST", "/complete")):
    status, _ = server.json(method, path + tail, B, b"" if method in ("PUT", "POST") else None)
    check("another tenant sees no %s %s" % (method, tail or "/"), status == 404, status)
check("nor a list", server.json("GET", "/api/files", B)[1]["files"] == [])
status, own = put(B, "log.csv", CSV)
check("and has his own file of the same content", status == 201 and own["id"] != file["id"], own)

# --- space ---
big = os.urandom(10 << 20)
for i in range(5):
    status, answer = put(FREE, "big%d" % i, big + bytes([i]))
check("the plan's space ends uploads", (status, answer["code"]) == (422, "file_quota_exceeded"), answer)
status, answer = server.json("POST", "/api/files", FREE, {"name": "x", "size": 15 << 20})
check("uploads in progress count", (status, answer["code"]) == (422, "file_quota_exceeded"), answer)
first = server.json("GET", "/api/files", FREE)[1]["files"][0]["id"]
status, _, _ = server.call("DELETE", "/api/files/" + first, FREE)
check("a file is deleted", status == 204, status)
check("and gone", server.json("GET", "/api/files/" + first, FREE)[0] == 404)
check("its space is free again", put(FREE, "big", big)[0] in (200, 201))

# --- parts, with kill -9 in between ---
PART = 1 << 20
data = CSV.encode() * 1200
count = (len(data) + PART - 1) // PART
parts = [data[i * PART:(i + 1) * PART] for i in range(count)]
status, upload = server.json("POST", "/api/files", A,
                             {"name": "large.csv", "size": len(data), "part_size": PART})
check("an upload in parts begins", (status, upload["state"], upload["parts_total"]) ==
      (201, "uploading", count), upload)
path = "/api/files/" + upload["id"]
for number in (2, 1):
    status, answer = server.json("PUT", "%s/parts/%d" % (path, number), A, parts[number - 1])
    check("part %d is taken" % number, status == 200, answer)
server.kill()
server.start()
status, answer = server.json("GET", path, A)
check("parts survive kill -9", answer["parts_done"] == 2 and
      answer["parts_missing"] == list(range(3, count + 1)), answer)
status, answer = server.json("POST", path + "/complete", A, {"sha256": sha(data)})
check("an incomplete upload cannot be completed", (status, answer["code"]) ==
      (409, "upload_incomplete"), answer)
status, answer = server.json("PUT", path + "/parts/3", A, parts[2][:-1])
check("a part of a wrong length is refused", (status, answer["code"]) == (400, "part_size"), answer)
status, answer = server.json("PUT", path + "/parts/%d" % (count + 1), A, b"x")
check("a part too many as well", status == 404, answer)
for number in range(3, count + 1):
    server.json("PUT", "%s/parts/%d" % (path, number), A, parts[number - 1])
    server.kill()
    server.start()
status, answer = server.json("POST", path + "/complete", A, {"sha256": "0" * 64})
check("a wrong hash is refused", (status, answer["code"]) == (422, "checksum_mismatch"), answer)
status, answer = server.json("POST", path + "/complete", A, {"sha256": sha(data)})
check("the whole is complete after a kill -9 behind each part", status == 200 and
      answer["sha256"] == sha(data) and answer["rows"] == CSV.count("\n") * 1200 - 1, answer)
status, answer = server.json("POST", path + "/complete", A, {"sha256": sha(data)})
check("completing again gives the same", status == 200 and answer["state"] == "complete", answer)
check("its bytes are right", sha(server.call("GET", path + "/content", A)[2]) == sha(data))
status, answer = server.json("PUT", path + "/parts/1", A, parts[0])
check("no part is taken any more", (status, answer["code"]) == (409, "upload_complete"), answer)

# --- an archive of logs, larger than a request may be, in parts: read as a ledger, and judged ---
packed = io.BytesIO()
with zipfile.ZipFile(packed, "w") as archive:
    for day in range(1, 13):
        archive.writestr("run%d/results_x.json" % day, json.dumps({
            "results": {"gsm8k": {"exact_match,none": 0.4 + day / 100, "exact_match_stderr,none": 0.01}},
            "config": {"model": "hf", "limit": 100 if day == 5 else None,
                       "filler": base64.b64encode(os.urandom(1 << 20)).decode()},
            "n-shot": {"gsm8k": day % 3}, "date": 1767225600 + 86400 * day, "model_name": "acme/m",
            "lm_eval_version": "0.4.9"}))
packed = packed.getvalue()
status, upload = server.json("POST", "/api/files", A, {"name": "logs.zip", "size": len(packed), "part_size": PART})
check("the archive is larger than a request", len(packed) > 16 << 20 and status == 201, (len(packed), upload))
path_of_logs = "/api/files/" + upload["id"]
for number in range(upload["parts_total"]):
    server.json("PUT", "%s/parts/%d" % (path_of_logs, number + 1), A, packed[number * PART:(number + 1) * PART])
status, answer = server.json("POST", path_of_logs + "/complete", A, {"sha256": sha(packed)})
check("it is complete", status == 200, answer)
status, ledger = server.json("POST", "/api/ledger", A, {"file_ids": [upload["id"]]})
check("and read as a ledger", status == 200 and len(ledger["ledger"]) == 12 and ledger["grade"] == "B" and
      [r["protocol"]["limit"] for r in ledger["ledger"]].count(100) == 1, str(ledger)[:300])
status, answer = server.json("POST", "/api/detect", A, {"ledger": ledger["ledger"]})
check("its rows are judged as they are", status == 200 and "verdict" in answer, str(answer)[:300])
status, answer = server.json("POST", "/api/diff", A, {"file_ids": [upload["id"]]})
check("and compared", status == 200 and answer["comparable"] is False and
      any(w["code"] == "limit_used" for w in answer["warnings"]), str(answer)[:300])

# --- damage ---
digest = sha(data)
stored = os.path.join(server.data, "blobs", digest[:2], digest[2:4], digest)
with open(stored, "r+b") as blob:
    blob.seek(PART)
    blob.write(b"\x00")
try:
    status, _, body = server.call("GET", path + "/content", A)
    cut = len(body) < len(data)
except Exception:  # http.client: IncompleteRead
    cut = True
check("a damaged content never arrives whole", cut)
server.connection = None
check("ends in time", server.stop() == 0)
check("the database is in order", '"ok":true' in server.cli("db", "check", "-o", "json").replace(" ", ""))
done()
