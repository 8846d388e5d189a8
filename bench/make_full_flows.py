#!/usr/bin/env python3
"""Makes a capture of flows of ten packets that fill a model's input: python3 bench/make_full_flows.py 64 1500 full.pcap

Each packet has the given number of bytes once the IP addresses are taken out. Contents are drawn, always the same.
Standard library only.
"""
import random
import struct
import sys


def checksum(header):
    total = sum(struct.unpack(f">{len(header) // 2}H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def main():
    flows, visible, target = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    draw = random.Random(1)
    with open(target, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(10 * flows):
            packet, flow = divmod(number, flows)
            hosts = (bytes([192, 0, 2, 1]), bytes([198, 51, 100, 1]))
            ports = (20_000 + flow, 443)
            source = packet % 2
            ip = struct.pack(">BBHHHBBH", 0x45, 0, visible + 8, number, 0, 64, 6, 0) + hosts[source] + hosts[1 - source]
            ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
            tcp = struct.pack(">HHIIBBHHH", ports[source], ports[1 - source], packet, packet, 0x50, 0x10, 512, 0, 0)
            frame = bytes(12) + b"\x08\x00" + ip + tcp + draw.randbytes(visible + 8 - 40)
            out.write(struct.pack("<IIII", 1_700_000_000, number, len(frame), len(frame)) + frame)


if __name__ == "__main__":
    main()
