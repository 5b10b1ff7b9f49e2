#!/usr/bin/env python3
"""Time and memory of what once hung, or ate the machine: before, now, and GDAL.

    python3 benches/hogs.py MUCHO [--before OLD_MUCHO] [--runs N] [--only WORD] [--folder DIR]

Makes the inputs (3 GB, kept in DIR between runs), runs every command of each side in turn, and prints a table: CPU seconds (user +
system, of one run: the median) and peak memory. CPU time, since a machine may be shared; GDAL (rasterio's) with one thread. Commands
that take longer than 100 s are stopped and shown so. Needs numpy and rasterio.
"""
import argparse, os, signal, statistics, subprocess, sys, tempfile
p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
p.add_argument("mucho"); p.add_argument("--before"); p.add_argument("--runs", type=int, default=1)
p.add_argument("--only", default=""); p.add_argument("--folder", default=os.path.join(tempfile.gettempdir(), "mucho-hogs"))
a = p.parse_args()
LIMIT = 100
os.makedirs(a.folder, exist_ok=True)


def make(name):
    """The input of this name, made once."""
    import numpy as np, rasterio
    path = os.path.join(a.folder, name + ".tif")
    if os.path.exists(path):
        return path
    part, kind, *numbers = path + ".part", *name.split("_")
    rng = np.random.default_rng(1)
    if kind == "items":
        with rasterio.open(part, "w", driver="GTiff", width=64, height=64, count=1, dtype="uint8") as d:
            d.write(np.zeros((1, 64, 64), "uint8"))
            d.update_tags(**{f"KEY_{i}": f"value {i}" for i in range(int(numbers[0]))})
    elif kind == "bands":
        count, side, interleave = int(numbers[0]), int(numbers[1]), numbers[2]
        yy, xx = np.mgrid[0:side, 0:side].astype("float32")
        with rasterio.open(part, "w", driver="GTiff", width=side, height=side, count=count, dtype="float32", tiled=True,
                           blockxsize=256, blockysize=256, interleave=interleave) as d:
            for b in range(count):
                d.write((np.sin(xx / 37 + b / 9) * np.cos(yy / 53) * 1000 + rng.normal(0, 5, (side, side))).astype("float32"), b + 1)
    else:  # sparse
        side, places = int(numbers[0]), int(numbers[1])
        with rasterio.open(part, "w", driver="GTiff", width=side, height=side, count=1, dtype="uint8", tiled=True, blockxsize=512,
                           blockysize=512, sparse_ok=True, compress="deflate", bigtiff="yes", crs="EPSG:3857",
                           transform=rasterio.Affine(10, 0, 0, 0, -10, 0), nodata=0) as d:
            for i in range(places):
                r, c = (i * 7919 % (side // 512)) * 512, (i * 104729 % (side // 512)) * 512
                d.write(np.full((1, 512, 512), 7 + i % 200, "uint8"), window=((r, r + 512), (c, c + 512)))
    os.rename(part, path)
    return path


GDAL_COG = """import os, sys; os.environ['GDAL_NUM_THREADS'] = '1'
import rasterio.shutil
rasterio.shutil.copy(sys.argv[1], sys.argv[2], driver='COG', **dict(o.split('=') for o in sys.argv[3:]))"""
GDAL_SMALL = """import sys, rasterio
with rasterio.open(sys.argv[1]) as d: d.read(1, out_shape=(1024, 1024), resampling=rasterio.enums.Resampling.average)"""
# What, input, arguments of mucho ({i} and {o}), arguments of GDAL.
CASES = [
    ("20,000 items, convert", "items_20000", "convert {i} {o}", (GDAL_COG, [])),
    ("80,000 items, convert", "items_80000", "convert {i} {o}", (GDAL_COG, [])),
    ("285 bands f32 1000², by pixel, COG", "bands_285_1000_pixel", "cog {i} {o} -c zstd --level 3",
     (GDAL_COG, ["COMPRESS=ZSTD", "LEVEL=3", "PREDICTOR=YES"])),
    ("285 bands f32 1000², by band, COG", "bands_285_1000_band", "cog {i} {o} -c zstd --level 3 --interleave band",
     (GDAL_COG, ["COMPRESS=ZSTD", "LEVEL=3", "PREDICTOR=YES", "INTERLEAVE=BAND"])),
    ("2,000 bands f32 100², COG", "bands_2000_100_pixel", "cog {i} {o}", (GDAL_COG, ["PREDICTOR=YES"])),
    ("100 bands f32 1000², statistics", "bands_100_1000_pixel", "info --stats {i}", None),
    ("sparse 40,000², nothing stored, COG", "sparse_40000_0", "cog {i} {o}", (GDAL_COG, [])),
    ("sparse 40,000², nothing stored, COG --sparse", "sparse_40000_0", "cog {i} {o} --sparse", (GDAL_COG, ["SPARSE_OK=TRUE"])),
    ("sparse 40,000², 300 tiles, COG --sparse", "sparse_40000_300", "cog {i} {o} --sparse", (GDAL_COG, ["SPARSE_OK=TRUE"])),
    ("sparse 40,000², warp", "sparse_40000_300", "warp {i} {o} --crs EPSG:4326 --sparse", None),
    ("sparse 40,000², statistics", "sparse_40000_300", "info --stats {i}", None),
    ("sparse 200,000², preview", "sparse_200000_1", "preview {i} {o}.png", (GDAL_SMALL, [])),
]


def run(command):
    def limits():
        os.setsid()
    p = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=limits)
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(p.pid, signal.SIGKILL))
    signal.alarm(LIMIT)
    message = p.stderr.read().decode(errors="replace").strip()
    _, status, used = os.wait4(p.pid, 0)
    signal.alarm(0)
    if os.WIFSIGNALED(status):
        return None
    if status:
        sys.exit(f"{' '.join(command)[:200]}: {message[-300:]}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def shown(runs):
    if None in runs:
        return f"> {LIMIT} s"
    return f"{statistics.median(r[0] for r in runs):.2f} s, {max(r[1] for r in runs):.0f} MB"


sides = ([("before", a.before)] if a.before else []) + [("now", a.mucho), ("GDAL", None)]
print("| | " + " | ".join(n for n, _ in sides) + " |\n|---|" + "---|" * len(sides))
for what, name, ours, theirs in CASES:
    if a.only not in what:
        continue
    source, out = make(name), os.path.join(a.folder, "out.tif")
    results = [[] for _ in sides]
    for _ in range(a.runs):
        for result, (_, program) in zip(results, sides):
            if program:
                result.append(run([program] + [w.format(i=source, o=out) for w in ours.split()]))
            elif theirs:
                code, options = theirs
                result.append(run([sys.executable, "-c", code, source, out] + options))
            for leftover in (out, out + ".png"):
                if os.path.exists(leftover):
                    os.remove(leftover)
    print(f"| {what} | " + " | ".join(shown(r) if r else "" for r in results) + " |", flush=True)
