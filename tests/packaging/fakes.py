"""A resolver on port 53 and a Zenodo over TLS on port 443 of loopback: fakes.py CERT KEY

Both stand for https://records.test. Says what it was asked: "dns NAME", "https PATH".
"""
import os
import socket
import ssl
import struct
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "http"))
from zenodo_fake import Fake  # noqa: E402

NAME = "records.test"
TYPE_A = 1


def say(*words):
    print(*words, flush=True)


def question(packet):
    """(name, type, bytes of the question section)"""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode())
        at += 1 + packet[at]
    return ".".join(labels), struct.unpack(">H", packet[at + 1:at + 3])[0], packet[12:at + 5]


def resolve(sock):
    while True:
        packet, peer = sock.recvfrom(512)
        name, kind, section = question(packet)
        say("dns", name.lower())
        known = name.lower() == NAME
        answer = b""
        if known and kind == TYPE_A:
            answer = b"\xc0\x0c" + struct.pack(">HHIH", TYPE_A, 1, 60, 4) + bytes([127, 0, 0, 1])
        flags = 0x8180 if known else 0x8183
        sock.sendto(packet[:2] + struct.pack(">HHHHH", flags, 1, len(answer) > 0, 0, 0) + section
                    + answer, peer)


udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 53))
threading.Thread(target=resolve, args=(udp,), daemon=True).start()
fake = Fake(port=443)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
fake.server.socket = context.wrap_socket(fake.server.socket, server_side=True)
fake.url = "https://" + NAME
say("ready")
seen = 0
while True:
    while seen < len(fake.log):
        say("https", fake.log[seen][1])
        seen += 1
    time.sleep(0.05)
