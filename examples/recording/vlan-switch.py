"""vlan-switch.py TRUNK PORT:TAG[.TAG]...: a switch in user space, for kernels that have no 802.1Q devices.

Each PORT is a TAP device that it makes (and that may then be moved to another namespace); its frames go to
TRUNK with the port's tags, and frames from TRUNK go, without their tags, to the port whose tags they have.
A single tag is 802.1Q; of two, the outer one is 802.1ad (QinQ).
"""

import fcntl
import os
import select
import socket
import struct
import sys

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
ETH_P_ALL, SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 0x0003, 263, 8, 4
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
DOT1Q, DOT1AD = 0x8100, 0x88A8


def tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


def receive(trunk):
    """A frame from the trunk as (frame without tags, tuple of tags); the kernel hands the outer tag apart."""
    frame, control, _, address = trunk.recvmsg(65535, socket.CMSG_SPACE(20))
    if address[2] == PACKET_OUTGOING:
        return None, ()
    tags = ()
    for level, kind, data in control:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, _ = struct.unpack("=IIIHHHH", data[:20])
            if status & TP_STATUS_VLAN_VALID:
                tags += (tci & 0xFFF,)
    while int.from_bytes(frame[12:14], "big") in (DOT1Q, DOT1AD):
        tags += (int.from_bytes(frame[14:16], "big") & 0xFFF,)
        frame = frame[:12] + frame[16:]
    return frame, tags


def tagged(frame, tags):
    types = [DOT1Q] if len(tags) == 1 else [DOT1AD, DOT1Q]
    header = b"".join(struct.pack("!HH", kind, tag) for kind, tag in zip(types, tags))
    return frame[:12] + header + frame[12:]


trunk = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
trunk.bind((sys.argv[1], 0))
trunk.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
ports = {}
for argument in sys.argv[2:]:
    name, tags = argument.split(":")
    ports[tuple(int(tag) for tag in tags.split("."))] = tap(name)
print("ready", flush=True)


def forward(receive_frame, send):
    try:
        send(receive_frame())
    except OSError:
        pass  # a device that is down, or on its way to another namespace, loses its frames


while True:
    readable, _, _ = select.select([trunk, *ports.values()], [], [])
    if trunk in readable:
        frame, tags = receive(trunk)
        if tags in ports:
            forward(lambda: frame, lambda data: os.write(ports[tags], data))
    for tags, device in ports.items():
        if device in readable:
            forward(lambda: tagged(os.read(device, 65535), tags), trunk.send)
