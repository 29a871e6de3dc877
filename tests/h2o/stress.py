"""Random HTTP/2 frames and damaged HTTP/1 requests against a sanitizer build: stress.py SERVER CONNECTIONS [SEED]

Each connection gets up to 120 frames, most of them nearly valid. The server must live, answer an
honest request at the end and say nothing on stderr. The seed is printed, so a finding can be repeated.
"""
import random
import sys

from wire import END_HEADERS, HEADERS, Http2, Server, frame, http1, request_fields


def random_frame(rng):
    kind = rng.choice([0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, rng.randrange(256)])
    stream = rng.choice([0, rng.randrange(1, 30, 2), rng.randrange(1, 30, 2), rng.randrange(1 << 31)])
    if kind == HEADERS and rng.random() < 0.7:
        path = rng.choice([b"/", b"/hold", b"/big?%d" % rng.randrange(200000)])
        return frame(HEADERS, rng.choice([0, 1, 4, 5, 5, 5]), stream | 1, request_fields(path))
    sizes = {2: 5, 3: 4, 4: 6 * rng.randrange(4), 6: 8, 8: 4}
    length = sizes[kind] if kind in sizes and rng.random() < 0.8 else rng.choice([0, 1, 9, rng.randrange(3000)])
    payload = bytes(rng.choice([0, 0, 1, 255, rng.randrange(256)]) for _ in range(min(length, 64))) + bytes(max(0, length - 64))
    return frame(kind, rng.choice([0, 1, 4, 5, 8, 32, rng.randrange(256)]), stream, payload)


def random_http1(rng):
    octets = bytearray(b"POST /big?100 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n")
    for _ in range(rng.randrange(4)):
        octets[rng.randrange(len(octets))] = rng.choice([0, 9, 10, 13, 32, 58, 59, rng.randrange(256)])
    return bytes(octets)


def main():
    program, count = sys.argv[1], int(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261123
    rng, frames, server = random.Random(seed), 0, Server(program)
    for _ in range(count):
        client = Http2(server, rng.choice([b"", b"\x00\x04" + rng.randrange(1 << 20).to_bytes(4, "big")]))
        burst = [random_frame(rng) for _ in range(rng.randrange(1, 120))]
        frames += len(burst)
        for octets in burst:
            client.send(octets)
        client.read(rng.choice([0, 0, 0.02]))
        client.sock.close()
        http1(server, random_http1(rng), timeout=0.02)
        if not server.alive():
            break
    alive = server.alive() and http1(server, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")[0][9:12] == b"200"
    said = server.stop()
    print(f"figure: stress, {count} connections, {frames} frames, seed {seed}: {'stands' if alive and not said else 'FAILED'}")
    if not alive or said:
        print(said[:6000])
        sys.exit(1)


if __name__ == "__main__":
    main()
