"""Certificates renewed under a running server, the switch for HTTP/2, the redirect, a forced stop."""
import json
import os
import signal
import socket
import ssl
import threading
import time

from scenario import Server, check, done

JSON = ("-H", "Content-Type: application/json")


def certificate(server):
    return ssl.get_server_certificate(("127.0.0.1", server.port))


def until(what, seconds=5):
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


# A new certificate: new handshakes see it, open connections, keys and sessions do not notice.
server = Server()
key = ("-H", "X-API-Key: " + server.key)
code, headers, body = server.curl("/api/auth/login", *JSON, "-d", json.dumps(
    {"email": server.said["admin"], "password": server.said["password"]}))
cookie = ("-H", "Cookie: " + headers.get("set-cookie", "").split(";")[0])
check("login", code == 200 and "=" in cookie[1], (code, body))
check("the session is let in", server.curl("/api/dashboard/keys", *cookie)[0] == 200)
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
kept = context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)))
before = certificate(server)
server.process.send_signal(signal.SIGHUP)
time.sleep(0.5)
check("a reload without a change keeps the certificate", certificate(server) == before)
for turn in range(3):  # the second reload frees the context of the first
    for name in ("cert.pem", "key.pem"):
        os.unlink(os.path.join(server.dir.name, server.left_behind()[0], "tls", name))
    old = certificate(server)
    server.process.send_signal(signal.SIGHUP)
    check("reload %d shows a new certificate" % turn, until(lambda: certificate(server) != old))
    kept.sendall(b"GET /api/dashboard/keys HTTP/1.1\r\nHost: localhost\r\nX-API-Key: "
                 + server.key.encode() + b"\r\n\r\n")
    got = b""
    while not got.endswith(b"}") and (part := kept.recv(65536)):
        got += part
    check("the open connection goes on", got.startswith(b"HTTP/1.1 200"), got)
    check("the key is let in", server.curl("/api/dashboard/keys", *key)[0] == 200)
    check("the session is let in", server.curl("/api/dashboard/keys", *cookie)[0] == 200)
with open(os.path.join(server.dir.name, server.left_behind()[0], "tls", "key.pem"), "w") as file:
    file.write("no key\n")
old = certificate(server)
with open(os.path.join(server.dir.name, "sleuth.conf"), "a") as file:
    file.write("nonsense = 1\n")
server.process.send_signal(signal.SIGHUP)
time.sleep(0.5)
check("a bad configuration changes nothing", server.curl("/api/dashboard/keys", *key)[0] == 200)
check("the failure is a metric", b"sleuth_config_last_reload_success 0\n" in server.curl("/metrics")[2])
with open(os.path.join(server.dir.name, "sleuth.conf"), "w") as file:
    file.write("[http]\ntls_profile = modern\nloops = 1\n[log]\nlevel = debug\n")
for name in ("cert.pem", "key.pem"):
    os.unlink(os.path.join(server.dir.name, server.left_behind()[0], "tls", name))
server.process.send_signal(signal.SIGHUP)
check("a good one is taken over", until(
    lambda: b"sleuth_config_last_reload_success 1\n" in server.curl("/metrics")[2]))
code, headers, body = server.curl("/health", "--tls-max", "1.2")
check("from now on only TLS 1.3", code == 0, (code, body))
code, headers, body = server.curl("/health", "--tlsv1.3")
check("which works, with HSTS", code == 200
      and headers.get("strict-transport-security", "").startswith("max-age="), headers)
metrics = server.curl("/metrics")[2]
line = [l for l in metrics.split(b"\n") if l.startswith(b"sleuth_certificate_not_after_seconds ")]
check("the certificate's end is a metric", len(line) == 1
      and float(line[0].split()[1]) > time.time() + 800 * 86400, line)
kept.close()

# A stop waits for the analysis that runs; the second signal does not.
rows = ["time_period,algorithm,performance,constraint_x"]
rows += ["%d,A%d,0.%d,%d" % (t, k, 100 + (t * 7919 + k * 104729) % 800, 100 + t % 17)
         for t in range(1, 800) for k in range(12)]
long_body = os.path.join(server.dir.name, "long.json")
with open(long_body, "w") as file:
    json.dump({"csv_data": "\n".join(rows), "engine": "classic", "n_bootstrap": 1000000,
               "run_bootstrap": True}, file)
answer = []
client = threading.Thread(target=lambda: answer.append(server.curl(
    "/api/detect", *key, *JSON, "--data-binary", "@" + long_body)))
client.start()
time.sleep(1)
check("the analysis runs", not answer, answer)
server.process.send_signal(signal.SIGTERM)
time.sleep(1.5)
check("the first signal waits", server.process.poll() is None and not answer, answer)
code, seconds = server.stop()
check("the second forces the stop", code == 0 and seconds < 6, (code, seconds))
client.join()
check("and cuts the client off", answer[0][0] in (0, 503), answer)
check("nothing is left behind", not server.left_behind(), server.left_behind())

# Uploads that are on their way when the stop begins end with an answer, over HTTP/1 and HTTP/2.
server = Server("--no-tls")
upload = socket.create_connection(("127.0.0.1", server.port))
body = json.dumps({"csv_data": "x" * 2000}).encode()
upload.sendall(b"POST /api/validate HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " +
               server.key.encode() + b"\r\nContent-Type: application/json\r\nContent-Length: %d"
               b"\r\n\r\n" % len(body) + body[:500])
time.sleep(0.3)
idle = socket.create_connection(("127.0.0.1", server.port))
idle.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
time.sleep(0.3)
server.process.send_signal(signal.SIGTERM)
time.sleep(1.5)
check("the stop waits for an upload", server.process.poll() is None)
upload.sendall(body[500:])
upload.settimeout(5)
check("the upload is answered", upload.recv(4096).startswith(b"HTTP/1.1 "))
upload.close()
check("and the stop ends", server.process.wait(10) == 0)

# HTTP/2 is an offer that the configuration can take back.
server = Server(config="[http]\nhttp2 = false\n")
code, headers, body = server.curl("/health", "--http2", "-w", "%{http_version}")
check("without http.http2 curl falls back", code == 200 and body.endswith(b"1.1"), body)
check("ends", server.stop()[0] == 0)
server = Server()
code, headers, body = server.curl("/health", "--http2", "-w", "%{http_version}")
check("with it HTTP/2 is spoken", code == 200 and body.endswith(b"2"), body)
check("ends", server.stop()[0] == 0)

# The second listener only redirects.
server = Server(config="[http]\nredirect_listen = 127.0.0.1:0\n"
                       "public_url = https://sleuth.example.org/\n")
line = server.process.stdout.readline().split()
check("the redirecting address is said", line[0] == "redirecting", line)
server.url = line[1]
for path, flags in (("/pricing?a=b", ()), ("/api/dashboard/keys", ("-X", "POST", "-d", "x")),
                    ("/health", ("-I",))):
    code, headers, body = server.curl(path, *flags)
    check(path + " is redirected", code == 308
          and headers.get("location") == "https://sleuth.example.org" + path, (code, headers))
server.port = int(server.url.rsplit(":", 1)[1])
got = server.raw(b"GET http://other.example/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
check("a proxy request is redirected here, too",
      b"location: https://sleuth.example.org/\r\n" in got.lower(), got)
check("ends", server.stop()[0] == 0)
done()
