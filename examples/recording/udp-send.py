"""udp-send.py HOST PORT SIZE...: sends one datagram of each size from one port, and waits for its echo."""

import socket
import sys

host, port, sizes = sys.argv[1], int(sys.argv[2]), [int(size) for size in sys.argv[3:]]
client = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(5)
for size in sizes:
    client.sendto(bytes(size), (host, port))
    assert len(client.recvfrom(65535)[0]) == size
