#!/usr/bin/env python3
"""Fails when a Linux program is not statically linked: when its ELF header names a loader or shared libraries.

    scripts/is_static.py PROGRAM...
"""

import struct
import sys

INTERPRETER, DYNAMIC, NEEDED = 3, 2, 1
MACHINES = {62: "x86-64", 183: "aarch64"}


def describe(path: str) -> str:
    data = open(path, "rb").read()
    if data[:6] != b"\x7fELF\x02\x01":
        sys.exit(f"{path} is no 64-bit little-endian ELF file")
    (machine,) = struct.unpack_from("<H", data, 18)
    (table,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for at in range(table, table + size * count, size):
        kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", data, at)
        if kind == INTERPRETER:
            sys.exit(f"{path} is not static: it is loaded by {data[offset:offset + length].rstrip(bytes(1)).decode()}")
        if kind == DYNAMIC and any(tag == NEEDED for tag, _ in struct.iter_unpack("<qQ", data[offset : offset + length])):
            sys.exit(f"{path} is not static: it needs shared libraries")
    return f"{path}: {MACHINES.get(machine, machine)}, statically linked, {len(data) / 1e6:.1f} MB"


for program in sys.argv[1:]:
    print(describe(program))
