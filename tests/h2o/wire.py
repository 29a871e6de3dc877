"""Hand-made HTTP/1 and HTTP/2 octets for the proofs: no library that would refuse to misbehave."""
import os
import socket
import struct
import subprocess
import time

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4
ENHANCE_YOUR_CALM = 11
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Server:
    """One server process; `stat()` reads its counters over a connection of its own."""

    def __init__(self, program, *args, nofile=None):
        limit = ["prlimit", f"--nofile={nofile}:{nofile}"] if nofile else []
        env = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:abort_on_error=1")
        self.process = subprocess.Popen(limit + [program, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        self.ports = [int(p) for p in self.process.stdout.readline().split()[1:]]

    def alive(self):
        return self.process.poll() is None

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stat(self):
        text = http1(self, b"GET /stat HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")[0].decode()
        counters = dict(pair.split("=") for pair in text.split("\r\n\r\n", 1)[1].split())
        return {name: int(value) for name, value in counters.items()}

    def stop(self):
        """Kills the server and returns what it wrote to stderr."""
        self.process.kill()
        return self.process.communicate()[1].decode(errors="replace")


def connect(server, which, timeout=5.0, receive_buffer=None):
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(timeout)
    sock.connect(("127.0.0.1", server.ports[which]))
    return sock


def http1(server, octets, timeout=2.0):
    """Sends octets; returns all that comes back within the timeout, and whether the server closed."""
    sock = connect(server, 0, timeout)
    sock.sendall(octets)
    answer, closed = b"", False
    try:
        while not closed:
            part = sock.recv(65536)
            answer, closed = answer + part, not part
    except socket.timeout:
        pass
    except ConnectionError:
        closed = True
    sock.close()
    return answer, closed


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """One header field, not indexed, no Huffman."""
    def text(octets):
        if len(octets) < 127:
            return bytes([len(octets)]) + octets
        rest, out = len(octets) - 127, b"\x7f"
        while rest > 127:
            out, rest = out + bytes([rest % 128 + 128]), rest // 128
        return out + bytes([rest]) + octets
    return b"\x00" + text(name) + text(value)


def request_fields(path=b"/", method=b"GET", extra=b""):
    return (literal(b":method", method) + literal(b":scheme", b"http") +
            literal(b":authority", b"a") + literal(b":path", path) + extra)


class Http2:
    """One HTTP/2 connection by prior knowledge; remembers what the server said."""

    def __init__(self, server, settings=b"", receive_buffer=None, read=True):
        self.sock = connect(server, 1, receive_buffer=receive_buffer)
        self.inbox = b""
        self.frames = []        # (kind, flags, stream, payload)
        self.closed = False
        self.begun_at = time.monotonic()
        self.send(PREFACE + frame(SETTINGS, payload=settings))

    def send(self, octets):
        """Sends; a connection that the server closed meanwhile is a fact to be read, not an error."""
        try:
            self.sock.sendall(octets)
        except (ConnectionError, socket.timeout):
            pass

    def get(self, stream, path=b"/", end=True, **more):
        self.send(frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, request_fields(path, **more)))

    def read(self, seconds, until=None):
        """Collects frames for so long, or until(self) holds, or the server closes."""
        deadline = time.monotonic() + seconds
        while not self.closed and not (until and until(self)):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self.sock.settimeout(left)
            try:
                part = self.sock.recv(65536)
            except socket.timeout:
                break
            except ConnectionError:
                part = b""
            self.closed = not part
            self.inbox += part
            while len(self.inbox) >= 9 and len(self.inbox) >= 9 + self.length():
                end = 9 + self.length()
                kind, flags, stream = self.inbox[3], self.inbox[4], struct.unpack(">I", self.inbox[5:9])[0]
                self.frames.append((kind, flags, stream, self.inbox[9:end]))
                self.inbox = self.inbox[end:]
        return self

    def length(self):
        return int.from_bytes(self.inbox[:3], "big")

    def goaways(self):
        """Error code and explanation of each GOAWAY."""
        return [(struct.unpack(">I", f[3][4:8])[0], f[3][8:].decode()) for f in self.frames if f[0] == GOAWAY]

    def goaway(self):
        """The error code of the last GOAWAY, or None."""
        return self.goaways()[-1][0] if self.goaways() else None

    def resets(self):
        return [(f[2], struct.unpack(">I", f[3])[0]) for f in self.frames if f[0] == RST_STREAM]

    def ended(self, stream):
        return any(f[2] == stream and f[0] in (DATA, HEADERS) and f[1] & END_STREAM for f in self.frames)

    def body(self, stream):
        return b"".join(f[3] for f in self.frames if f[0] == DATA and f[2] == stream)

    def first_octet(self, stream):
        """First octet of the answer's header block: 0x88 is an indexed `:status: 200`."""
        for f in self.frames:
            if f[0] == HEADERS and f[2] == stream:
                return f[3][0]
        return None

    def block(self, stream):
        return b"".join(f[3] for f in self.frames if f[0] == HEADERS and f[2] == stream)
