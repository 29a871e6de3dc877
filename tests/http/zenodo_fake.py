"""A Zenodo of our own on loopback: every dialect of its JSON, and every way to misbehave.

    fake = Fake()           fake.url, fake.log (method, path, headers), fake.stop()

Record 1001 is a concept; 1002 (legacy) and 1003 (InvenioRDM) are its versions v1 and v2; 1004
speaks like the deposit API. The records from 2001 on misbehave, each in the way of its name. With
texts (or: zenodo_fake.py FILE, a JSON list), record 3000 + i has text i as every name it has.
"""
import gzip
import hashlib
import json
import os
import socket
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(ROOT, "web/samples/adaptive.csv"), "rb") as f:
    LOG = f.read()
SMALL = b"time_period,algorithm,performance,constraint_compute\n" + b"".join(
    b"%d,%s,0.%d,%d\n" % (t, a, 70 + t, 100 + t) for t in (1, 2, 3) for a in (b"A", b"B"))
KEY = "eval v1.csv"


def md5(data):
    return hashlib.md5(data).hexdigest()


class Fake:
    def __init__(self, port=0, delay=0, texts=()):
        self.log = []
        self.texts = texts
        self.hits = {}
        self.tls = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                outer.log.append((self.command, self.path, dict(self.headers)))
                outer.hits[self.path] = outer.hits.get(self.path, 0) + 1
                try:
                    outer.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = "http://127.0.0.1:%d" % self.port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    # --- what records look like ---

    def content(self, rid, key):
        return "%s/api/records/%s/files/%s/content" % (self.url, rid, urllib.parse.quote(key))

    def legacy(self, rid, version, files):
        return {
            "created": "2026-01-15T10:00:00.000000+00:00", "id": int(rid), "recid": rid,
            "conceptrecid": "1001", "conceptdoi": "10.5072/zenodo.1001",
            "doi": "10.5072/zenodo." + rid, "title": "Loopback evaluation set",
            "metadata": {
                "title": "Loopback evaluation set", "doi": "10.5072/zenodo." + rid,
                "publication_date": "2026-01-15", "description": "<p>Synthetic &amp; small.</p>",
                "access_right": "open", "version": version, "keywords": ["bias"],
                "creators": [{"name": "Doe, Jane", "affiliation": "Example Lab"}],
                "resource_type": {"title": "Dataset", "type": "dataset"},
                "license": {"id": "cc-by-4.0"}},
            "files": [{"id": "f%d" % i, "key": key, "size": size, "checksum": "md5:" + sum_,
                       "links": {"self": self.content(rid, key)}}
                      for i, (key, size, sum_) in enumerate(files)],
            "links": {"self": "%s/api/records/%s" % (self.url, rid),
                      "files": "%s/api/records/%s/files" % (self.url, rid)}}

    def rdm(self, rid, version, files):
        return {
            "id": rid, "pids": {"doi": {"identifier": "10.5072/zenodo." + rid}},
            "parent": {"id": "1001", "pids": {"doi": {"identifier": "10.5072/zenodo.1001"}}},
            "versions": {"index": 2, "is_latest": True},
            "access": {"record": "public", "files": "public"},
            "metadata": {
                "title": "Loopback evaluation set", "publication_date": "2026-02-01",
                "description": "Second <b>version</b>", "version": version,
                "creators": [{"person_or_org": {"name": "Doe, Jane", "type": "personal"}}],
                "subjects": [{"subject": "bias"}], "rights": [{"id": "cc-by-4.0"}],
                "resource_type": {"id": "dataset"}},
            "files": {"enabled": True, "entries": {
                key: {"key": key, "size": size, "checksum": "md5:" + sum_, "ext": "csv"}
                for key, size, sum_ in files}},
            "links": {"files": "%s/api/records/%s/files" % (self.url, rid)}}

    def deposit(self, rid, files):
        return {
            "id": int(rid), "record_id": int(rid), "conceptrecid": "1001", "submitted": True,
            "doi": "10.5072/zenodo." + rid, "title": "Deposited",
            "metadata": {"title": "Deposited", "publication_date": "2026-03-01", "license": "cc-zero",
                         "access_right": "open", "creators": [{"name": "Doe, Jane"}]},
            "files": [{"id": "x", "filename": key, "filesize": size, "checksum": sum_,
                       "links": {"self": "%s/api/deposit/x" % self.url,
                                 "download": self.content(rid, key)}}
                      for key, size, sum_ in files]}

    def record(self, rid):
        good = [("a small.csv", len(SMALL), md5(SMALL)), (KEY, len(LOG), md5(LOG)),
                ("readme.txt", 3, md5(b"hi\n"))]
        if rid == "1003":
            return self.rdm(rid, "v2", good)
        if rid == "1004":
            return self.deposit(rid, good[1:])
        if rid == "2001":  # wrong md5
            return self.legacy(rid, "v1", [(KEY, len(LOG), md5(b"other"))])
        if rid == "2008":  # larger than allowed
            return self.legacy(rid, "v1", [(KEY, 2 << 30, md5(LOG))])
        if rid == "2016":  # longer than declared
            return self.legacy(rid, "v1", [(KEY, len(LOG) - 100, md5(LOG))])
        if rid.startswith("3") and int(rid) - 3000 < len(self.texts):
            return self.named(rid, self.texts[int(rid) - 3000])
        if rid in ("1002", "1005") or rid.startswith("20"):
            return self.legacy(rid, "v1", good if rid.startswith("1") else good[1:2])
        return None

    def named(self, rid, text):
        key = text.replace("/", "_")[:80] + ".csv"
        record = self.legacy(rid, text[:40], [(key, len(LOG), md5(LOG))])
        record["title"] = record["metadata"]["title"] = text
        record["metadata"].update(description=text, license={"id": text[:60]},
                                  creators=[{"name": text, "affiliation": text}])
        return record

    # --- answers ---

    def send(self, h, status, body=b"", headers=(), type_="application/json", length=None):
        h.send_response(status)
        h.send_header("Content-Type", type_)
        h.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            h.send_header(name, value)
        h.end_headers()
        h.wfile.write(body)

    def redirect(self, h, where):
        self.send(h, 302, b"", [("Location", where)])

    def message(self, h, status, text, headers=()):
        self.send(h, status, json.dumps({"status": status, "message": text}).encode(), headers)

    def answer(self, h):
        path = urllib.parse.urlsplit(h.path).path
        if path.startswith("/storage/"):
            if h.headers.get("Authorization"):
                return self.message(h, 400, "a token does not belong here")
            return self.file(h, "1005", LOG)
        if path.startswith("/loop/"):
            return self.redirect(h, self.url + path + "x")
        parts = path.split("/")
        if len(parts) < 4 or parts[1:3] != ["api", "records"]:
            return self.message(h, 404, "no such page")
        rid, rest = parts[3], parts[4:]
        if rest == [] or rest == [""]:
            return self.one_record(h, rid)
        if rest == ["versions"]:
            hits = [self.record("1003"), self.record("1002")]
            return self.send(h, 200, json.dumps({"hits": {"hits": hits, "total": 2}}).encode())
        if rest == ["files"]:
            entries = [{"key": f["key"], "size": f["size"], "checksum": f["checksum"],
                        "links": {"content": self.content(rid, f["key"])}}
                       for f in self.record(rid)["files"]["entries"].values()]
            return self.send(h, 200, json.dumps({"enabled": True, "entries": entries}).encode())
        if rest[0] == "files" and rest[-1] == "content":
            return self.content_of(h, rid, urllib.parse.unquote("/".join(rest[1:-1])))
        return self.message(h, 404, "no such page")

    def one_record(self, h, rid):
        if rid == "1001":
            return self.redirect(h, "/api/records/1003")
        if rid == "2005":
            return self.redirect(h, self.url + "/loop/")
        if rid == "2006":
            return self.message(h, 429, "too many", [("Retry-After", "2000")])
        if rid == "2015" and self.hits[h.path] == 1:
            return self.message(h, 429, "too many", [("Retry-After", "1")])
        if rid == "2007":
            return self.message(h, 410, "The record has been deleted.")
        if rid == "2009":
            return self.send(h, 200, b"<html>Maintenance</html>", type_="text/html; charset=utf-8")
        if rid == "2014":
            return self.message(h, 403, "Permission denied.")
        if rid == "2017":
            return self.message(h, 500, "broken")
        if rid == "2018":
            return self.redirect(h, "http://169.254.169.254/latest/meta-data")
        if rid == "2019":
            return self.redirect(h, "file:///etc/passwd")
        record = self.record(rid)
        if not record:
            return self.message(h, 404, "The persistent identifier does not exist.")
        body = json.dumps(record).encode()
        if h.headers.get("If-None-Match") == '"4"':
            h.send_response(304)
            h.send_header("ETag", '"4"')
            h.end_headers()
            return None
        if rid == "2010":
            return self.send(h, 200, gzip.compress(body), [("Content-Encoding", "gzip")])
        return self.send(h, 200, body, [("ETag", '"4"'), ("Retry-After", "60")])

    def content_of(self, h, rid, key):
        data = SMALL if key == "a small.csv" else LOG if key == KEY or rid[0] == "3" else b"hi\n"
        if rid == "2004":
            return self.redirect(h, "http://127.0.0.2:%d/storage/x" % self.port)
        if rid == "1005":
            return self.redirect(h, "/storage/x")
        return self.file(h, rid, data)

    def file(self, h, rid, data):
        first = self.hits[h.path] == 1
        if rid == "2002":  # always cut
            self.send(h, 200, data[:50], length=len(data), type_="application/octet-stream")
            h.close_connection = True
            h.connection.shutdown(socket.SHUT_RDWR)
            return
        if rid == "2003" and first:  # cut once, then resumed
            self.send(h, 200, data[:50], length=len(data), type_="application/octet-stream")
            h.close_connection = True
            h.connection.shutdown(socket.SHUT_RDWR)
            return
        start = h.headers.get("Range", "")
        if start.startswith("bytes=") and rid == "2003":
            at = int(start[6:].rstrip("-"))
            return self.send(h, 206, data[at:], [("Content-Range", "bytes %d-%d/%d" % (
                at, len(data) - 1, len(data)))], "application/octet-stream")
        if rid == "2011":  # a byte now and then
            h.send_response(200)
            h.send_header("Content-Length", str(len(data)))
            h.end_headers()
            for i in range(len(data)):
                h.wfile.write(data[i:i + 1])
                h.wfile.flush()
                time.sleep(0.2)
            return
        self.send(h, 200, data, type_="application/octet-stream")


if __name__ == "__main__":
    fake = Fake(texts=json.load(open(sys.argv[1])) if len(sys.argv) > 1 else ())
    print(fake.url, flush=True)
    threading.Event().wait()
