#!/usr/bin/env python3
"""Bits per sample and tags that are metadata, written by GDAL, copied by mucho, read by GDAL again.

    python3 tests/interop/bits_and_tags.py MUCHO

Every number of bits from 1 to 31 that GDAL writes, for one band and three, in several compressions and layouts: the samples, NBITS, and no
overview beyond what the bits hold. Then the tags: all metadata of the default domain. Needs numpy and rasterio.
"""
import itertools, subprocess, sys, tempfile, warnings
from pathlib import Path
import numpy as np, rasterio

warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
mucho, folder, wrong = sys.argv[1], Path(tempfile.mkdtemp()), []
source, copy = folder / "source.tif", folder / "copy.tif"
rng = np.random.default_rng(3)
WAYS = [("cog",), ("cog", "-c", "zstd"), ("cog", "--interleave", "band"), ("convert", "-c", "none"), ("convert", "-c", "lzw"),
        ("cog", "-c", "ccittfax4", "--interleave", "band")]
tried = 0
for bits, bands, way in itertools.product(range(1, 32), (1, 3), WAYS):
    if bits in (8, 16) or "ccittfax4" in way and bits > 1:
        continue
    dtype = "uint8" if bits < 8 else "uint16" if bits < 16 else "uint32"
    samples = rng.integers(0, 2**bits, (bands, 300, 411)).astype(dtype)
    with rasterio.open(source, "w", driver="GTiff", width=411, height=300, count=bands, dtype=dtype, nbits=bits) as d:
        d.write(samples)
    subprocess.run([mucho, way[0], source, copy, *way[1:]], check=True)
    with rasterio.open(copy) as d:
        tried += 1
        small = d.read(out_shape=(bands, 150, 205)).max()
        if not (d.read() == samples).all() or d.tags(1, ns="IMAGE_STRUCTURE").get("NBITS") != str(bits) or small >= 2**bits:
            wrong.append(f"{bits} bits, {bands} bands, {' '.join(way)}")
tags = {"TIFFTAG_DOCUMENTNAME": "doc", "TIFFTAG_IMAGEDESCRIPTION": "über\nzwei", "TIFFTAG_SOFTWARE": "s", "TIFFTAG_DATETIME": "2020:01:02 03:04:05",
        "TIFFTAG_ARTIST": "me", "TIFFTAG_HOSTCOMPUTER": "host", "TIFFTAG_COPYRIGHT": "(c)", "TIFFTAG_XRESOLUTION": "300.5",
        "TIFFTAG_YRESOLUTION": "72", "TIFFTAG_RESOLUTIONUNIT": "3", "TIFFTAG_MINSAMPLEVALUE": "2", "TIFFTAG_MAXSAMPLEVALUE": "200",
        "GEO_METADATA": "<a/>", "TIFF_RSID": "b4f1"}
with rasterio.open(source, "w", driver="GTiff", width=41, height=30, count=1, dtype="uint8") as d:
    d.write(np.zeros((1, 30, 41), "uint8"))
    d.update_tags(**tags)
subprocess.run([mucho, "cog", source, copy], check=True)
with rasterio.open(source) as theirs, rasterio.open(copy) as ours:
    wrong += [f"tag {item}" for item in set(theirs.tags().items()) ^ set(ours.tags().items())]
for line in wrong:
    print(line)
print(f"{tried} copies of few bits and {len(tags)} tags, {len(wrong)} wrong")
sys.exit(bool(wrong))
