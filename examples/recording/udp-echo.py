"""udp-echo.py PORT: answers every datagram with itself, over IPv4 and IPv6."""

import socket
import sys

server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
server.bind(("::", int(sys.argv[1])))
while True:
    data, peer = server.recvfrom(65535)
    server.sendto(data, peer)
