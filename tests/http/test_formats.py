"""POST /api/detect?format=: one run in six shapes over a real connection, counted once."""
import os
import subprocess

from scenario import ROOT, SLEUTH, Server, check, done

LOG = os.path.join(ROOT, "web/samples/adaptive.csv")
TYPES = {
    "json": "application/json",
    "fragment": "text/html; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "text": "text/plain; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
server = Server("--no-tls")
data = os.path.join(server.dir.name, server.left_behind()[0])
key = subprocess.run(  # the printed one is a test key, which is never counted
    [SLEUTH, "key", "create", server.said["admin"], "--name", "live", "--data", data],
    capture_output=True, text=True).stdout.strip()
counted = 0
for name, wanted in TYPES.items():
    status, headers, body = server.curl(
        "/api/detect?draws=199&format=" + name, "-H", "X-API-Key: " + key,
        "-H", "Content-Type: text/csv", "--data-binary", "@" + LOG)
    counted += int(headers.get("sleuth-analyses-counted", "0"))
    check(name + " is answered in its type", (status, headers.get("content-type")) == (200, wanted),
          (status, headers, body))
    check(name + " has the policy of what it is",
          ("style-src 'sha256-" in headers["content-security-policy"]) == (name == "html"), headers)
check("six formats count as one analysis", counted == 1, counted)
status, headers, body = server.curl("/api/detect?format=pdf", "-H", "X-API-Key: " + key,
                                    "-H", "Content-Type: text/csv", "--data-binary", "@" + LOG)
check("an unknown format is refused", status == 400 and b"fragment" in body, (status, body))
check("ends in time", server.stop()[0] == 0)
done()
