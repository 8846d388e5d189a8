#!/usr/bin/env python3
"""Makes a large capture for timing out of the captures in fixtures/: python3 bench/make_capture.py 1000 big.pcap

The packets of the Ethernet fixtures are written over and over, each round with other addresses and later times, until
the file has the wanted number of megabytes. Each round's flows are therefore flows of their own. Standard library only.
"""
import pathlib
import struct
import sys

ROUNDS_AT_ONCE = 400  # rounds whose packets are interleaved, so that many flows are open at a time


def packets(path):
    """Time in microseconds, bytes and original length of each packet of a little-endian classic pcap on Ethernet."""
    data = path.read_bytes()
    if data[:4] != b"\xd4\xc3\xb2\xa1" or struct.unpack_from("<I", data, 20)[0] != 1:
        return
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", data, at)
        yield seconds * 1_000_000 + fraction, data[at + 16 : at + 16 + captured], original
        at += 16 + captured


def readdressed(frame, number):
    """The frame with other hosts: the round's number goes into both addresses."""
    frame = bytearray(frame)
    kind, at = frame[12:14], 14
    while kind in (b"\x81\x00", b"\x88\xa8"):
        kind, at = frame[at + 2 : at + 4], at + 4
    if kind == b"\x08\x00":
        spots = (at + 13, at + 17)
    elif kind == b"\x86\xdd":
        spots = (at + 16, at + 32)
    else:
        return frame
    for spot in spots:
        frame[spot : spot + 2] = struct.pack(">H", number & 0xFFFF)
    return frame


def main():
    wanted, target = int(sys.argv[1]) * 1_000_000, sys.argv[2]
    folder = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "captures"
    captures = [list(packets(path)) for path in sorted(folder.glob("*.pcap"))]
    template = [(time - capture[0][0], *rest) for capture in captures if capture for time, *rest in capture]
    template.sort(key=lambda packet: packet[0])
    length = template[-1][0] + 1
    written, number, start = 24, 0, 1_700_000_000_000_000
    with open(target, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        while written < wanted:
            for time, frame, original in template:
                for round_ in range(ROUNDS_AT_ONCE):
                    changed = readdressed(frame, number + round_)
                    moment = start + time + round_
                    header = struct.pack("<IIII", moment // 1_000_000, moment % 1_000_000, len(changed), original)
                    out.write(header + changed)
                    written += 16 + len(changed)
            number += ROUNDS_AT_ONCE
            start += length + 1_000_000


main()
