"""The database is cut short under the running server: it dies instead of going on, a restart refuses
to serve with a sentence, and the check says what is wrong."""
import http.client
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance, Client
from scenario import SLEUTH, check, done

died = refused = found = 0
CUTS = (0.75, 0.5, 0.25, 0.1, 0.0)
for share in CUTS:
    server = Appliance()
    user = Client(server, server.user("a@example.com", "pro"))
    for i in range(200):
        server.admin("POST", "/api/admin/users", {"email": f"u{i}@example.com"})
    path = os.path.join(server.data, "db", "data.mdb")
    size = os.path.getsize(path)
    os.truncate(path, int(size * share) // 4096 * 4096)
    answers = set()
    end = time.monotonic() + 20
    while server.process.poll() is None and time.monotonic() < end:
        try:
            answers.add(user.call("GET", "/api/dashboard/keys")[0])
            answers.add(user.call("POST", "/api/dashboard/keys", {"name": "x"})[0])
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)
    code = server.process.poll()
    check(f"{share:.0%} left: it ends by a signal or with an error", code not in (None, 0), (code, answers))
    check(f"{share:.0%} left: its last words are no answer of another kind", answers <= {200, 201, 403, 429, 500, 503},
          answers)
    died += code not in (None, 0)
    if code is None:
        server.kill()
    again = subprocess.run([SLEUTH, "serve", "--no-tls", "--config", server.config, "--data", server.data,
                            "--listen", "127.0.0.1:0"], capture_output=True, text=True, timeout=60)
    said = again.stderr.strip().split("\n")
    check(f"{share:.0%} left: a restart refuses with a sentence",
          again.returncode not in (0, -signal.SIGBUS, -signal.SIGSEGV) and "listening" not in again.stdout
          and any("sleuth: " in line for line in said), (again.returncode, said[-3:]))
    refused += again.returncode > 0
    looked = server.cli("db", "check")
    check(f"{share:.0%} left: the check fails without dying", looked.returncode > 0, (looked.returncode, looked.stderr))
    found += looked.returncode > 0
    print("     ", next((line for line in said if line.startswith("sleuth: ")), "")[:160])
print(f"figure: {len(CUTS)} files cut short under the server: {died} ends, {refused} restarts refused, "
      f"{found} checks failed as they should")
done()
