"""Clients that send slowly, never read, or only pretend to live: each is closed in time, and a crowd
that reads nothing takes bounded memory. slow.py [READERS]"""
import http.client
import json
import os
import socket
import ssl
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from appliance import Appliance
from scenario import Server, check, done
from crowd import memory_mib

READERS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
LIMIT_S = 45  # what limits.h promises is 30 s; ticks and a busy machine come on top
server = Server()
plain = Appliance()
key = plain.user("a@example.com", "enterprise")


def ask(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", plain.port, timeout=60)
    connection.request(method, path, body, {"X-API-Key": key, "Content-Type": "text/csv"})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


status, stored = ask("POST", "/api/files", "a,b\n" + "1,2\n" * 2000000)
check("a file of 8 MB is stored", status in (200, 201), (status, stored[:200]))
document = json.loads(stored)
number = document.get("id") or document["file"]["id"]
plain.stop()  # what the upload took is given back
plain.start()
pid = plain.process.pid


def tcp(port, receive=0):
    sock = socket.socket()
    if receive:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    sock.connect(("127.0.0.1", port))
    return sock


def tls(protocol):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols([protocol])
    return context.wrap_socket(tcp(server.port))


def h2(frames):
    sock = tls("h2")
    sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0" + frames)
    return sock


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


GET = b"\x82\x84\x87\x41\x01a"  # :method GET, :path /, :scheme https, :authority a
POST = b"\x83\x04\x0d/api/validate\x87\x41\x01a"
PING = frame(6, 0, 0, b"12345678")
# name: (connection, octets that are sent each second)
cases = {
    "nothing at all": (tcp(plain.port), b""),
    "half a TLS handshake": (tcp(server.port), b""),
    "half a header": (tcp(plain.port), b""),
    "a header, byte by byte": (tcp(plain.port), b"x"),
    "a body, byte by byte": (tcp(plain.port), b"x"),
    "a chunked body, byte by byte": (tcp(plain.port), b"1\r\nx\r\n"),
    "HTTP/2, nothing asked, pings": (h2(b""), PING),
    "HTTP/2, half a header block": (h2(frame(1, 1, 1, GET[:3])), b""),
    "HTTP/2, a body byte by byte": (h2(frame(1, 4, 1, POST)), frame(0, 0, 1, b"x")),
}
cases["half a TLS handshake"][0].sendall(b"\x16\x03\x01\x02\x00\x01")
cases["half a header"][0].sendall(b"GET /health HTT")
cases["a header, byte by byte"][0].sendall(b"GET /health HTTP/1.1\r\nX: ")
cases["a body, byte by byte"][0].sendall(b"POST /api/validate HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
cases["a chunked body, byte by byte"][0].sendall(b"POST /api/validate HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")

# A crowd that asks for something long and reads nothing of it: documents, and a file of 8 MB.
before = memory_mib(pid)
readers = [tcp(plain.port, 4096) for _ in range(READERS)]
for i, sock in enumerate(readers):
    path = f"/api/files/{number}/content" if i % 2 else "/openapi.json"
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nX-API-Key: {key}\r\n\r\n".encode() * 8)
time.sleep(3)
crowd_mib = memory_mib(pid) - before

begin, closed = time.monotonic(), {}
while len(closed) < len(cases) and time.monotonic() - begin < LIMIT_S + 25:
    time.sleep(1)
    for name, (sock, octets) in cases.items():
        if name in closed:
            continue
        try:
            sock.settimeout(0.01)
            if octets:
                sock.sendall(octets)
            while part := sock.recv(65536):
                if name.startswith("HTTP/2") and b"\0\0\x08\7" in part:
                    break  # GOAWAY
            closed[name] = time.monotonic() - begin
        except (TimeoutError, ssl.SSLWantReadError):
            pass
        except OSError:
            closed[name] = time.monotonic() - begin
for name in cases:
    limit = 75 if "pings" in name else LIMIT_S  # 60 s without a request
    check(f"{name}: closed", closed.get(name, 999) < limit, closed.get(name))


def held():
    """Connections that the server still has, by its own count."""
    text = ask("GET", "/metrics")[1]
    return int(next(line.split()[1] for line in text.split("\n") if line.startswith("sleuth_connections ")))


end = time.monotonic() + 60
while held() > 2 and time.monotonic() < end:
    time.sleep(1)
check("nobody of the crowd is left", held() <= 2, held())
check(f"each of {READERS} that do not read takes less than 256 KiB", crowd_mib * 1024 / READERS < 256, f"{crowd_mib:.1f} MiB")
check("others are served", ask("GET", "/health")[0] == 200 and server.curl("/health")[0] == 200)
plain.stop()
server.stop()
print(f"figure: {len(cases)} slow clients closed after " + ", ".join(f"{s:.0f} s ({n})" for n, s in closed.items()) +
      f"; {READERS} that do not read take {crowd_mib * 1024 / READERS:.0f} KiB each")
done()
