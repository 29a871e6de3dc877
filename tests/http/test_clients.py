"""Slow, vanishing, lying and too many clients, over plain HTTP/1.1 on loopback."""
import json
import socket
import threading
import time

from scenario import Server, check, done

server = Server("--no-tls", config="[http]\nconnections_max = 16\n")


def healthy():
    answer = server.raw(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    return b'"status":"ok"' in answer


check("serves", healthy())

hostile = {
    "Content-Length and Transfer-Encoding":
        b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "no Host": b"GET /health HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "folded header": b"GET /health HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "bare line feeds": b"GET /health HTTP/1.1\nHost: a\n\n",
}
for name, request in hostile.items():
    answer = server.raw(request)
    check(name + " is one 400 and a close",
          answer.startswith(b"HTTP/1.1 400") and answer.count(b"HTTP/1.1 ") == 1, answer)
answer = server.raw(b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", 2)
check("h2c is not spoken", b"101" not in answer.split(b"\r\n")[0], answer)
answer = server.raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0", 2)
check("nor with prior knowledge", b"\0\0" not in answer[:9], answer)

# Clients that go away in the middle of everything.
for cut in (b"GET /he", b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
            b"GET /api/info HTTP/1.1\r\nHost: a\r\n\r\n"):
    for _ in range(20):
        sock = socket.create_connection(("127.0.0.1", server.port))
        sock.sendall(cut)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()
check("serves after clients vanished", healthy())

# More connections than allowed: the surplus waits, nothing spins, all is well afterwards.
idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
for sock in idle:
    sock.sendall(b"GET /he")
time.sleep(0.3)


def cpu():
    with open(f"/proc/{server.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


before = cpu()
time.sleep(1)
check("a full server is idle", cpu() - before < 20, cpu() - before)
for sock in idle:
    sock.close()
check("serves after the crowd has left", healthy())

# A stop while a request is being sent: it is answered or cut, and the server ends.
slow = socket.create_connection(("127.0.0.1", server.port))
slow.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n")
threading.Timer(0.3, lambda: slow.sendall(b"\r\n")).start()
code, seconds = server.stop()
check("ends in time", code == 0 and seconds < 25, (code, seconds))
slow.close()
done()
