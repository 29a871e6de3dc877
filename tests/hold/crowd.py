"""Many plain HTTP/1.1 requests at once from one thread, and what the kernel says about a process."""
import os
import selectors
import socket
import time


def request(path, body=b"", method="GET", **headers):
    """The octets of one request that ends its connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body or method != "GET":
        lines += [f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def at_once(port, requests, seconds=60):
    """Sends all, each on a connection of its own, and reads until each is closed: (answer, seconds)
    in the order of the requests; b"" where nothing came."""
    chooser, answers = selectors.DefaultSelector(), [b""] * len(requests)
    took = [seconds] * len(requests)
    begin = time.monotonic()
    for i, octets in enumerate(requests):
        sock = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        sock.sendall(octets)
        sock.setblocking(False)
        chooser.register(sock, selectors.EVENT_READ, i)
    left = len(requests)
    while left and time.monotonic() - begin < seconds:
        for key, _ in chooser.select(0.2):
            try:
                part = key.fileobj.recv(65536)
            except OSError:
                part = b""
            answers[key.data] += part
            if not part:
                took[key.data] = time.monotonic() - begin
                chooser.unregister(key.fileobj)
                key.fileobj.close()
                left -= 1
    for key in list(chooser.get_map().values()):
        key.fileobj.close()
    return list(zip(answers, took))


def status_of(answer):
    """0 when there was none."""
    return int(answer[9:12]) if answer[:5] == b"HTTP/" and answer[9:12].isdigit() else 0


def counted(values):
    """{value: how often}, in order."""
    return {value: values.count(value) for value in sorted(set(values))}


def memory_mib(pid, name="VmRSS"):
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":")) / 1024


def cpu_s(pid):
    """Of all its threads, since it began."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
