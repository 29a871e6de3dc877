"""Attacks on libh2o, each stopped by one patch of packaging/h2o and shown to work without it.

proofs.py DIR [NAME...]   DIR/server has all patches, DIR/omit-NNNN/server lacks patch NNNN.

Each proof takes a server program and raises AssertionError when the attack succeeds. A proof
counts only if it passes on the complete library and fails on the one without its patch.
"""
import os
import signal
import struct
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from wire import (CONTINUATION, DATA, END_HEADERS, END_STREAM, ENHANCE_YOUR_CALM, HEADERS, PING, PRIORITY, RST_STREAM,
                  SETTINGS, WINDOW_UPDATE, Http2, Server, connect, frame, http1, literal, request_fields)

REFUSED_STREAM = 7
PROOFS = []


def proof(patch, *args, **options):
    def register(function):
        PROOFS.append((patch, function, args, options))
        return function
    return register


def window(increment):
    return struct.pack(">I", increment)


def setting(name, value):
    return struct.pack(">HI", name, value)


def goes_away(client, seconds, code=ENHANCE_YOUR_CALM):
    client.read(seconds, until=lambda c: c.goaway() is not None)
    assert client.goaway() == code, f"GOAWAY {client.goaway()}, closed={client.closed}"


def still_serves(server):
    assert http1(server, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")[0].startswith(b"HTTP/1.1 200"), \
        "the server does not answer"


def until_closed(server, seconds, others=1):
    """Waits until the server holds no connection but the one that asks."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if server.stat()["connections"] <= others:
            return
        time.sleep(0.2)
    raise AssertionError(f"still open after {seconds} s")


# --- aborts and endless loops --------------------------------------------------------------------

@proof("0001")
def window_update_after_end(server):
    """The answer is as long as the window, its last octets wait in the socket, more window comes."""
    for _ in range(5):
        client = Http2(server, setting(4, 60000), receive_buffer=4096)
        client.get(1, b"/big?60000")
        time.sleep(0.1)
        client.send(frame(WINDOW_UPDATE, 0, 1, window(1000)))
        time.sleep(0.1)
        assert server.alive(), "the server aborted"
        client.read(2, until=lambda c: c.ended(1))
        assert len(client.body(1)) == 60000, len(client.body(1))
    still_serves(server)


@proof("0002")
def continuation_after_goaway(server):
    """A header block is left open over a graceful stop and continued after the final GOAWAY."""
    client = Http2(server)
    client.get(1, b"/hold?1")                   # keeps the connection half open after the final GOAWAY
    os.kill(server.process.pid, signal.SIGTERM)
    client.read(0.7)
    fields = request_fields()
    client.send(frame(HEADERS, END_STREAM, 3, fields[:5]))
    client.read(1, until=lambda c: len(c.goaways()) == 2)
    assert len(client.goaways()) == 2, "no final GOAWAY"
    before = server.cpu_s()
    client.send(frame(CONTINUATION, END_HEADERS, 3, fields[5:]))
    time.sleep(0.6)
    burnt = server.cpu_s() - before
    assert burnt < 0.3, f"{burnt:.2f} s of CPU in 0.6 s: the loop spins"
    client.read(2, until=lambda c: c.ended(3))
    assert client.ended(3), "the request was not answered"


# --- HTTP/2: resets, headers, bodies ---------------------------------------------------------------

def reset_storm(server, bad_frame):
    client = Http2(server)
    for first in range(1, 10001, 200):
        client.send(b"".join(frame(HEADERS, END_HEADERS | END_STREAM, i, request_fields(b"/hold")) + bad_frame(i)
                             for i in range(first, first + 200, 2)))
    client.read(1, until=lambda c: c.closed)
    begun = server.stat()["begun"]
    assert begun <= 320, f"{begun} requests were begun"


@proof("0003")
def rapid_reset(server):
    """CVE-2023-44487: the client resets each request at once."""
    reset_storm(server, lambda i: frame(RST_STREAM, 0, i, window(8)))


@proof("0003")
def made_you_reset_window(server):
    """CVE-2025-8671: the client makes the server reset, by a window update of zero."""
    reset_storm(server, lambda i: frame(WINDOW_UPDATE, 0, i, window(0)))


@proof("0003")
def made_you_reset_overflow(server):
    """CVE-2025-8671: by a window that overflows."""
    reset_storm(server, lambda i: frame(WINDOW_UPDATE, 0, i, window(0x7fffffff)))


@proof("0003")
def made_you_reset_data(server):
    """CVE-2025-8671: by data on a stream that has ended."""
    reset_storm(server, lambda i: frame(DATA, 0, i, b"x"))


@proof("0004")
def header_bomb(server):
    """One field in the dynamic table, then 10,000 references to it of one octet each."""
    client = Http2(server)
    client.send(frame(HEADERS, END_HEADERS | END_STREAM, 1,
                      request_fields() + b"\x40\x01x\x32" + b"y" * 50 + b"\xbe" * 10000))
    goes_away(client, 2)


@proof("0005")
def large_body(server):
    """A body beyond the limit is answered with 413, announced or not, not reset as if to be repeated."""
    for extra in (literal(b"content-length", b"1000000"), b""):
        client = Http2(server)
        client.get(1, b"/", end=False, method=b"POST", extra=extra)
        client.send(frame(DATA, 0, 1, b"x" * 16000) * 5)
        client.read(2, until=lambda c: c.ended(1))
        assert client.ended(1), f"no answer, reset with {client.resets()}"
        assert b"too large" in client.body(1), client.body(1)
        assert (1, REFUSED_STREAM) not in client.resets(), "told to send it again"


@proof("0005")
def many_bodies(server):
    """Ten bodies of nearly the limit on one connection: all but four are turned away."""
    client = Http2(server)
    for i in range(1, 20, 2):
        client.get(i, b"/", end=False, method=b"POST")
        client.send(frame(DATA, 0, i, b"x" * 15000) * 4)
        client.read(0.05)
    client.read(0.5)
    refused = [i for i in range(1, 20, 2) if b"too many uploads" in client.body(i)]
    assert len(refused) >= 5, f"{len(refused)} refused"


@proof("0008")
def unknown_frames(server):
    """Frames of unknown types are ignored without a word."""
    client = Http2(server)
    client.send(b"".join(frame(200, 0, 0, b"noise") for _ in range(50)))
    client.get(1)
    client.read(2, until=lambda c: c.ended(1))
    assert client.ended(1), "no answer"
    said = server.stop()
    assert said == "", f"wrote {len(said)} octets to stderr"


# --- HTTP/1: framing ---------------------------------------------------------------------------------

def each_gets_one_400(server, requests):
    wrong = []
    for name, octets in requests.items():
        answer, closed = http1(server, octets, timeout=0.7)
        if answer.count(b"HTTP/1.1 ") != 1 or not answer.startswith(b"HTTP/1.1 400") or not closed:
            wrong.append(f"{name}: {answer[:12]!r} closed={closed}")
    assert not wrong, "; ".join(wrong)


@proof("0006")
def smuggling(server):
    """Requests that two parsers may frame in two ways are refused."""
    each_gets_one_400(server, {
        "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        "length and chunked": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "chunked in 1.0": b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "folded field": b"GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n",
        "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "no host": b"GET / HTTP/1.1\r\nX: a\r\n\r\n",
    })


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"


@proof("0007")
def line_ends(server):
    """Only CRLF ends a line; chunk lines hold a size and at most a bounded extension."""
    each_gets_one_400(server, {
        "request line": b"GET / HTTP/1.1\nHost: a\r\n\r\n",
        "field": b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        "empty line": b"GET / HTTP/1.1\r\nHost: a\r\n\n",
        "chunk size": CHUNKED + b"1\nx\r\n0\r\n\r\n",
        "chunk end": CHUNKED + b"1\r\nx\n0\r\n\r\n",
        "several CR": CHUNKED + b"1\r\nx\r\r\n0\r\n\r\n",
        "last line": CHUNKED + b"0\r\n\n",
        "trailer": CHUNKED + b"0\r\nX: y\n\r\n",
        "junk after size": CHUNKED + b"1 junk\r\nx\r\n0\r\n\r\n",
        "LF in extension": CHUNKED + b"1;a\nb\r\nx\r\n0\r\n\r\n",
        "long extension": CHUNKED + b"1;" + b"a" * 9000 + b"\r\nx\r\n0\r\n\r\n",
        "long trailers": CHUNKED + b"0\r\n" + b"X: y\r\n" * 3000 + b"\r\n",
    })


# --- progress: bodies must come, answers must go ---------------------------------------------------------

def post_in_parts(server, head, parts, pause):
    sock = connect(server, 0)
    sock.sendall(head)
    try:
        for part in parts:
            time.sleep(pause)
            sock.sendall(part)
        return sock.recv(100)
    except ConnectionError:
        return b""


@proof("0010")
def http1_slow_body(server):
    """A steady upload may last longer than the timeout; a trickle may not."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 24000\r\n\r\n"
    assert b" 200 " in post_in_parts(server, head, [b"x" * 4000] * 6, 0.4), "a steady upload was cut"
    assert b" 200 " in post_in_parts(server, CHUNKED, [b"FA0\r\n" + b"x" * 4000 + b"\r\n"] * 6 + [b"0\r\n\r\n"], 0.4), \
        "a steady chunked upload was cut"
    began = time.monotonic()
    assert post_in_parts(server, head, [b"x" * 10] * 20, 0.2) == b"", "a trickle was served"
    assert time.monotonic() - began < 3.9, "a trickle was kept"


@proof("0010")
def http1_unread_response(server):
    """An answer that nobody reads is dropped; one that is read slowly is not."""
    idle, slow = connect(server, 0, receive_buffer=4096), connect(server, 0, receive_buffer=4096)
    for sock in (idle, slow):
        sock.sendall(b"GET /big?8000000 HTTP/1.1\r\nHost: a\r\n\r\n")
    for _ in range(25):                         # 5 s, more than twice the timeout
        time.sleep(0.2)
        assert slow.recv(2000), "the slow reader was cut"
    assert server.stat()["connections"] == 2, "the slow reader and the one that asks should be all"
    slow.close()
    until_closed(server, 1)


def trickle(client, octets, seconds, pause=0.2):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not client.closed and client.goaway() is None:
        client.send(octets)
        client.read(pause, until=lambda c: c.goaway() is not None)


@proof("0011")
def http2_slow_headers(server):
    """A header block that comes octet by octet."""
    client = Http2(server)
    client.send(frame(HEADERS, END_STREAM, 1, b"\x82"))
    trickle(client, frame(CONTINUATION, 0, 1, b"\x86"), 4)
    goes_away(client, 0.1)


@proof("0011")
def http2_slow_body(server):
    """A trickled body ends the connection, a steady one is served."""
    steady = Http2(server)
    steady.get(1, end=False, method=b"POST")
    for _ in range(6):
        steady.read(0.4)
        steady.send(frame(DATA, 0, 1, b"x" * 4000))
    steady.send(frame(DATA, END_STREAM, 1))
    steady.read(1, until=lambda c: c.ended(1))
    assert steady.body(1) == b"24000 octets\n", "a steady upload was cut"
    client = Http2(server)
    client.get(1, end=False, method=b"POST")
    trickle(client, frame(DATA, 0, 1, b"x"), 4)
    goes_away(client, 0.1)


@proof("0011")
def http2_ping_keeps_open(server):
    """Pings alone do not keep a connection."""
    client = Http2(server)
    trickle(client, frame(PING, payload=b"12345678"), 4)
    assert client.goaway() == 0 or client.closed, "still open after 4 s"


@proof("0011")
def http2_unread_response(server):
    """The client opens all windows and never reads."""
    client = Http2(server, setting(4, 0x7fffffff), receive_buffer=4096)
    client.send(frame(WINDOW_UPDATE, 0, 0, window(0x7fff0000 - 65535)))
    client.get(1, b"/big?8000000")
    until_closed(server, 6)


@proof("0011")
def http2_zero_window(server):
    """The client asks with a window of zero and pings."""
    client = Http2(server, setting(4, 0))
    client.get(1, b"/big?1000")
    trickle(client, frame(PING, payload=b"12345678"), 6)
    goes_away(client, 0.1)


# --- floods ------------------------------------------------------------------------------------------------

def flood(server, octets, before=b""):
    client = Http2(server)
    client.send(before)
    began = time.monotonic()
    for _ in range(40):
        client.send(octets * 500)
    goes_away(client, 2)
    assert client.goaways()[-1][1].startswith("too many"), client.goaways()
    assert time.monotonic() - began < 2, "too late"


POST = frame(HEADERS, END_HEADERS, 1, request_fields(method=b"POST"))


@proof("0012")
def flood_ping(server):
    """20,000 pings, which ask for 20,000 answers (CVE-2019-9512)."""
    flood(server, frame(PING, payload=b"12345678"))


@proof("0012")
def flood_settings(server):
    """Empty SETTINGS, each to be acknowledged (CVE-2019-9515)."""
    flood(server, frame(SETTINGS))


@proof("0012")
def flood_priority(server):
    """The same stream is moved in the tree again and again (CVE-2019-9513)."""
    flood(server, frame(PRIORITY, 0, 1, struct.pack(">IB", 0, 7)), POST)


@proof("0012")
def flood_window_update(server):
    """One octet of window at a time."""
    flood(server, frame(WINDOW_UPDATE, 0, 0, window(1)))


@proof("0012")
def flood_reset(server):
    """Resets of a stream that is gone."""
    flood(server, frame(RST_STREAM, 0, 1, window(8)), frame(HEADERS, END_HEADERS | END_STREAM, 1, request_fields()))


@proof("0012")
def flood_empty_data(server):
    """Data frames without data, bare and padded (CVE-2019-9518)."""
    flood(server, frame(DATA, 0, 1), POST)
    flood(server, frame(DATA, 8, 1, b"\x00"), POST)


@proof("0012")
def flood_empty_continuation(server):
    """A header block that goes on without adding anything (CVE-2019-9518)."""
    flood(server, frame(CONTINUATION, 0, 1), frame(HEADERS, END_STREAM, 1, b"\x82"))


@proof("0012")
def flood_unknown(server):
    """Frames of an unknown type."""
    flood(server, frame(200))


@proof(None)
def busy_but_honest(server):
    """A long download with a window update per frame, and 500 requests with a ping each, pass."""
    client = Http2(server)
    client.get(1, b"/big?4000000")
    seen = 0
    while not client.ended(1) and client.goaway() is None and not client.closed:
        client.read(2, until=lambda c: len(c.frames) > seen)
        grown = sum(len(f[3]) for f in client.frames[seen:] if f[0] == DATA)
        seen = len(client.frames)
        if grown:
            client.send(frame(WINDOW_UPDATE, 0, 0, window(grown)) + frame(WINDOW_UPDATE, 0, 1, window(grown)))
    assert len(client.body(1)) == 4000000, f"GOAWAY {client.goaway()} after {len(client.body(1))} octets"
    for i in range(3, 1003, 2):
        client.get(i)
        client.send(frame(PING, payload=b"12345678"))
        client.read(2, until=lambda c: c.ended(i))
    assert client.ended(1001) and client.goaway() is None, f"GOAWAY {client.goaway()}"


# --- process -------------------------------------------------------------------------------------------------

@proof("0013", nofile=40)
def descriptors(server):
    """More connections than descriptors: no spinning, and service again when they are gone."""
    socks = [connect(server, 1) for _ in range(80)]
    time.sleep(0.2)
    before = server.cpu_s()
    time.sleep(0.8)
    burnt = server.cpu_s() - before
    assert burnt < 0.2, f"{burnt:.2f} s of CPU in 0.8 s: the loop spins"
    for sock in socks:
        sock.close()
    time.sleep(0.2)
    still_serves(server)


@proof("0014")
def clock_step(server):
    """The wall clock goes back a day: idle connections still time out."""
    idle = connect(server, 0, timeout=3)
    http1(server, b"GET /clock?-86400 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert idle.recv(1) == b"", "still open"


@proof("config", "upgrade")
def h2c(server):
    """http1.upgrade_to_http2 = 0 refuses both ways from HTTP/1 to HTTP/2 in clear."""
    answer, _ = http1(server, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, http2-settings\r\nUpgrade: h2c\r\n"
                              b"HTTP2-Settings: AAMAAABk\r\n\r\n", 0.5)
    assert b" 101 " not in answer, "upgraded"
    answer, _ = http1(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS), 0.5)
    assert answer.startswith(b"HTTP/1.1 400"), "took the preface"


# --- the driver ----------------------------------------------------------------------------------------------

def attempt(program, function, args, options):
    """None if the server stood, else what went wrong."""
    server = Server(program, *args, **options)
    try:
        function(server)
        if function is not unknown_frames:
            assert server.alive(), "the server died"
        return None
    except AssertionError as error:
        return str(error) or "assertion"
    except (OSError, IndexError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        server.stop()


def judge(directory, entry):
    patch, function, args, options = entry
    complete, lacking = f"{directory}/server", f"{directory}/omit-{patch}/server"
    if patch == "config":           # the complete library, configured the wrong way round
        with_fix, without = attempt(complete, function, (), options), attempt(complete, function, args, options)
    else:
        with_fix = attempt(complete, function, args, options)
        without = attempt(lacking, function, args, options) if patch else "(nothing to leave out)"
    ok = with_fix is None and without is not None
    verdict = "PASS" if ok else "FAIL"
    detail = f"without it: {without}" if with_fix is None else f"with it: {with_fix}"
    if with_fix is None and without is None:
        detail = "the attack does not work without the patch either: nothing is proved"
    return ok, f"{verdict}  {patch or '-':6}  {function.__name__:26}  {detail}"


def main():
    directory, names = sys.argv[1], sys.argv[2:]
    chosen = [entry for entry in PROOFS if not names or entry[1].__name__ in names]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda entry: judge(directory, entry), chosen))
    for _, line in results:
        print(line)
    failed = sum(not ok for ok, _ in results)
    print(f"figure: {len(results) - failed} passed, {failed} failed")
    sys.exit(failed != 0 or not results)


if __name__ == "__main__":
    main()
