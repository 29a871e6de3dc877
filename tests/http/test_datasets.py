"""Data sets of Zenodo against a fake that misbehaves: the right error, and nothing left behind."""
import hashlib
import json
import os
import time

from scenario import ROOT, SLEUTH, Server, check, done
from zenodo_fake import KEY, LOG, SMALL, Fake

fake = Fake()
server = Server("--no-tls", config="""
[zenodo]
base_url = %s
source = 1002
timeout_seconds = 2
token = secret-token
""" % fake.url)
data = os.path.join(server.dir.name, server.left_behind()[0])


def ask(path, body=None, *flags):
    """(status, headers, JSON) of a GET, or of a POST with that body."""
    more = ["-H", "X-API-Key: " + server.key]
    if body is not None:
        more += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
    status, headers, text = server.curl(path, *more, *flags)
    return status, headers, json.loads(text) if text else None


def spool():
    return [name for name in os.listdir(os.path.join(data, "spool")) if not name.startswith("up-")]


def downloads(rid):
    return sum("/records/%s/files/" % rid in path for _, path, _ in fake.log)


# --- upstream's answer ---

status, headers, body = ask("/api/analyze_zenodo", {"draws": 199})
check("the configured record is analysed", status == 200, (status, body))
source = body["source_data"]
check("the first CSV file is taken, and named", source["file_key"] == "a small.csv", source)
check("source_data has upstream's fields and ours", set(source) == {
    "doi", "record_id", "title", "creators", "publication_date", "description", "license",
    "access_right", "file_key", "version", "md5", "sha256", "origin"}, source)
check("the description is text", source["description"] == "Synthetic & small.", source)
check("dataset_info has upstream's fields", set(body["dataset_info"]) == {
    "rows", "columns", "column_names", "algorithms", "time_periods", "performance_range"},
    body["dataset_info"])
check("numbers of the file", (body["dataset_info"]["rows"], body["dataset_info"]["algorithms"],
                              body["dataset_info"]["time_periods"]) == (6, ["A", "B"], [1, 2, 3]),
      body["dataset_info"])
check("processing_info has both time stamps", set(body["processing_info"]) == {
    "elapsed_time_seconds", "timestamp", "from_cache", "timestamp_utc"}, body["processing_info"])
check("not from a cache", "from_cache" not in body and not body["processing_info"]["from_cache"])
check("sha256 is the file's", source["sha256"] == hashlib.sha256(SMALL).hexdigest())

before = downloads("1002")
status, headers, body = ask("/api/analyze_zenodo", {"file_key": KEY, "draws": 199, "record_id": 1002})
check("a file by name", status == 200 and body["source_data"]["file_key"] == KEY, (status, body))
check("the verdict is the log's", body["sleuth_analysis"]["verdict"]["verdict"]
      == "adaptive_protocol_detected", body["sleuth_analysis"].get("verdict"))
check("one more download", downloads("1002") == before + 1)
status, headers, body = ask("/v1/analyze_zenodo", {"file_key": KEY, "draws": 199, "doi": "10.5072/zenodo.1002"})
check("the second time nothing is downloaded", status == 200 and downloads("1002") == before + 1,
      (status, body))
revalidations = [h.get("If-None-Match") for _, path, h in fake.log if path == "/api/records/1002"]
check("the record is asked for with its ETag", '"4"' in revalidations, revalidations)
status, headers, body = ask("/api/analyze_zenodo", {"weights": [1, 1, 1]})
check("bad weights are a validation error", (status, body["error"]) == (400, "Validation error"),
      (status, body))
status, headers, body = ask("/api/analyze_zenodo", {"source": "/etc/passwd"})
check("a path is no source here", status == 400, (status, body))

# --- dialects, concepts, versions ---

for source, rid, version in [("zenodo://1003", "1003", "v2"), ("1001", "1003", "v2"),
                             ("zenodo://1001/v1", "1002", "v1"), ("zenodo://1004", "1004", "")]:
    status, headers, body = ask("/api/analyze_zenodo", {"source": source, "draws": 199})
    check(source + " is record " + rid,
          status == 200 and (body["source_data"]["record_id"], body["source_data"]["version"])
          == (rid, version), (status, body))
status, headers, body = ask("/api/analyze_zenodo", {"source": "zenodo://1001/v9"})
check("no such version", (status, body["code"]) == (404, "zenodo_record_not_found"), body)
status, headers, body = ask("/api/zenodo/summary?source=zenodo://1002")
check("the summary has upstream's fields and ours", set(body) == {
    "doi", "record_id", "title", "creators", "publication_date", "description", "keywords", "files",
    "access_right", "license", "version", "concept_doi", "checksum", "sha256", "cached",
    "fetched_at", "source"}, body)
check("files in the summary", [f["key"] for f in body["files"]] == ["a small.csv", KEY, "readme.txt"]
      and body["files"][0]["type"] == "csv", body["files"])
check("it says that the record is here", body["cached"] and body["source"] == "online", body)
status, _, _ = server.curl("/api/zenodo/summary?source=1002", "-H", "X-API-Key: " + server.key,
                           "-H", "If-None-Match: " + headers["etag"])
check("the summary has an entity tag", status in (200, 304), status)

# --- what is kept, and how to cite it ---

status, headers, body = ask("/api/datasets")
check("the list has every file once", status == 200 and
      sorted((d["record_id"], d["file_key"]) for d in body["datasets"]) ==
      [("1002", "a small.csv"), ("1002", KEY), ("1003", "a small.csv"), ("1004", KEY)], body)
row = next(d for d in body["datasets"] if d["file_key"] == KEY and d["record_id"] == "1002")
check("licence, sums and origin are there", (row["license"], row["md5"], row["sha256"], row["origin"]) ==
      ("cc-by-4.0", hashlib.md5(LOG).hexdigest(), hashlib.sha256(LOG).hexdigest(), "online"), row)
status, headers, body = ask("/api/datasets/" + row["id"])
check("one of them", status == 200 and body["creators"] == ["Doe, Jane"], (status, body))
status, _, _ = server.curl("/api/datasets/" + row["id"], "-H", "X-API-Key: " + server.key, "-H",
                           "If-None-Match: " + headers["etag"])
check("with an entity tag", status == 304, status)
status, headers, text = server.curl("/api/datasets/" + row["id"] + "/citation", "-H", "X-API-Key: " + server.key)
check("BibTeX", status == 200 and headers["content-type"] == "application/x-bibtex"
      and text.startswith(b"@dataset{zenodo_1002,"), (status, text))
status, headers, body = ask("/api/datasets/" + row["id"] + "/citation?format=csl")
check("CSL-JSON", status == 200 and body[0]["DOI"] == "10.5072/zenodo.1002", (status, body))
check("another format is refused", ask("/api/datasets/" + row["id"] + "/citation?format=x")[0] == 400)
check("an unknown id", ask("/api/datasets/zenodo-9-0")[0] == 404)
status, headers, body = ask("/api/datasets/fetch", {"source": "zenodo://1003/" + KEY})
check("fetch keeps a file", status == 200 and body["sha256"] == hashlib.sha256(LOG).hexdigest(), (status, body))
check("unknown members are refused", ask("/api/datasets/fetch", {"source": "1002", "x": 1})[0] == 400)
check("no key, no list", server.curl("/api/datasets")[0] == 401)

# --- misbehaviour ---

BAD = [
    ("2001", 502, "checksum_mismatch", "wrong md5"),
    ("2002", 502, "zenodo_error", "a body that is always cut"),
    ("2004", 502, "egress_forbidden", "a redirect to a host that is not listed"),
    ("2005", 502, "zenodo_error", "a redirect loop"),
    ("2006", 503, "zenodo_busy", "throttled for long"),
    ("2007", 410, "zenodo_record_deleted", "a deleted record"),
    ("2008", 413, "dataset_too_large", "2 GiB declared"),
    ("2009", 502, "zenodo_error", "HTML instead of JSON"),
    ("2011", 502, "zenodo_error", "a byte now and then"),
    ("2014", 403, "zenodo_restricted", "a restricted record"),
    ("2016", 502, "checksum_mismatch", "more bytes than the record says"),
    ("2018", 502, "egress_forbidden", "a redirect to the metadata address"),
    ("2019", 502, "zenodo_error", "a redirect to a file"),
    ("999", 404, "zenodo_record_not_found", "no such record"),
]
for rid, wanted, code, what in BAD:
    begin = time.monotonic()
    status, headers, body = ask("/api/analyze_zenodo", {"record_id": rid})
    check(what, (status, body["code"]) == (wanted, code), (status, body))
    check(what + ": nothing in the spool", spool() == [], spool())
    if rid == "2006":
        check("throttled: told when to come back", headers.get("retry-after") == "2000", headers)
    check(what + ": in time", time.monotonic() - begin < 15, time.monotonic() - begin)
check("no bytes of 2 GiB were asked for", downloads("2008") == 0)
for rid, what in [("2003", "cut once, then resumed"), ("2010", "compressed JSON"),
                  ("2015", "throttled once"), ("1005", "storage on the same host")]:
    status, headers, body = ask("/api/analyze_zenodo", {"record_id": rid, "file_key": KEY, "draws": 199})
    check(what, status == 200 and body["source_data"]["sha256"]
          == hashlib.sha256(LOG).hexdigest(), (status, body))
ranges = [h.get("Range") for _, path, h in fake.log if "/records/2003/files/" in path]
check("only the rest was asked for", ranges == [None, "bytes=50-"], ranges)
tokens = [(path, h.get("Authorization")) for _, path, h in fake.log]
check("the token goes to the API", ("/api/records/1002", "Bearer secret-token") in tokens)
check("and along no redirect", all(not t for path, t in tokens if path.startswith(("/storage", "/loop"))),
      tokens)

# --- the same as jobs ---

def job(body):
    status, headers, answer = ask("/api/jobs", body)
    check("%s is queued" % body["kind"], status == 202, (status, answer))
    if status != 202:
        return None, None
    where = "/api/jobs/" + answer["job"]["id"]
    for _ in range(200):
        state = ask(where)[2]["state"]
        if state not in ("queued", "running"):
            break
        time.sleep(0.1)
    return state, ask(where + "/result")[2]


state, result = job({"kind": "analyze_zenodo", "input": {"source": "zenodo://1003", "file_key": KEY, "draws": 199}})
check("a job analyses a record", state == "succeeded" and result["source_data"]["record_id"] == "1003",
      (state, result))
state, result = job({"kind": "dataset_fetch", "input": {"source": "zenodo://1004"}})
check("a job fetches a record", state == "succeeded" and result["record_id"] == "1004", (state, result))
state, result = job({"kind": "dataset_fetch", "input": {"source": "zenodo://2007"}})
check("a job says that a record is gone", state == "failed", (state, result))
status, headers, body = ask("/api/jobs", {"kind": "dataset_fetch", "input": {"source": "/etc/passwd"}})
check("a path is refused before it is queued", status == 400, (status, body))
check("ends in time", server.stop()[0] == 0)
fake.stop()
done()
