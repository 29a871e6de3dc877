"""HTTP/2 floods against the appliance: each ends with GOAWAY or a close within a second, memory stays,
and other clients hardly notice. floods.py [SECONDS-PER-FLOOD]"""
import http.client
import os
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../http"))
from crowd import memory_mib, percentile
from scenario import Server, check, done

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 2
tls = Server()
pid = tls.process.pid
GET = b"\x82\x84\x87\x41\x01a"


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload


def requests(tail):
    """Endless requests, each followed by what `tail` makes of its stream."""
    stream = 1
    while True:
        yield b"".join(frame(1, 5, i, GET) + tail(i) for i in range(stream, stream + 400, 2))
        stream += 400


def same(octets):
    while True:
        yield octets * 500


FLOODS = {
    "rapid reset": lambda: requests(lambda i: frame(3, 0, i, b"\0\0\0\x08")),
    "made-you-reset, window 0": lambda: requests(lambda i: frame(8, 0, i, b"\0\0\0\0")),
    "made-you-reset, window overflow": lambda: requests(lambda i: frame(8, 0, i, b"\x7f\xff\xff\xff")),
    "made-you-reset, data": lambda: requests(lambda i: frame(0, 0, i, b"x")),
    "pings": lambda: same(frame(6, 0, 0, b"12345678")),
    "settings": lambda: same(frame(4, 0, 0)),
    "priorities": lambda: same(frame(2, 0, 1, b"\0\0\0\0\7")),
    "empty data": lambda: iter([frame(1, 4, 1, b"\x83\x84\x87\x41\x01a")] + [frame(0, 0, 1) * 500] * 4000),
    "continuations": lambda: iter([frame(1, 1, 1, GET)] + [frame(9, 0, 1, b"") * 500] * 4000),
    "a header bomb": lambda: iter([frame(1, 5, 1, GET + b"\x40\x01x\x32" + b"y" * 50 + b"\xbe" * 10000)]),
}


def attack(make):
    """Seconds until the server ended it; None = it never did."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    sock = context.wrap_socket(socket.create_connection(("127.0.0.1", tls.port)))
    sock.settimeout(0.5)
    sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0))
    begin, got = time.monotonic(), b""
    try:
        for octets in make():
            sock.sendall(octets)
            sock.settimeout(0.001)
            try:
                got = (got + sock.recv(1 << 16))[-65536:]
            except (TimeoutError, ssl.SSLWantReadError):
                pass
            sock.settimeout(2)
            if b"\0\0\0\0\0\7" in got or time.monotonic() - begin > 5:
                break
        while time.monotonic() - begin < 5 and (part := sock.recv(1 << 16)):
            got = part
    except (OSError, ValueError):
        pass
    took = time.monotonic() - begin
    sock.close()
    return took if took < 5 else None


latencies, stop = [], threading.Event()


def others():
    """A client that asks a hundred times a second."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    client = http.client.HTTPSConnection("127.0.0.1", tls.port, context=context, timeout=20)
    while not stop.is_set():
        begin = time.monotonic()
        client.request("GET", "/api/dashboard/keys", headers={"X-API-Key": tls.key})
        answer = client.getresponse()
        answer.read()
        latencies.append(time.monotonic() - begin)
        assert answer.status in (200, 429), answer.status
        time.sleep(0.01)


watcher = threading.Thread(target=others)
watcher.start()
time.sleep(2)
alone = percentile(list(latencies), 0.99)
rest, shown, rounds = memory_mib(pid), {}, 0
for name, make in FLOODS.items():
    latencies.clear()
    begin, ends = time.monotonic(), []
    while time.monotonic() - begin < SECONDS:
        ends.append(attack(make))
        rounds += 1
    beside = percentile(list(latencies), 0.99)
    check(f"{name}: ended within a second, each time ({len(ends)})", all(e is not None and e < 1 for e in ends), ends[:8])
    check(f"{name}: others are served", beside < max(0.5, 10 * alone), (alone, beside))
    shown[name] = beside
grown = memory_mib(pid, "VmHWM") - rest
stop.set()
watcher.join()
check("memory stays", grown < 64, f"{grown:.0f} MiB")
check("stops in order", tls.stop()[0] == 0)
print(f"figure: {len(FLOODS)} floods, {rounds} connections, each ended within a second; memory +{grown:.0f} MiB; p99 of others "
      f"{alone * 1000:.1f} ms alone, {max(shown.values()) * 1000:.1f} ms beside the worst ({max(shown, key=shown.get)})")
done()
