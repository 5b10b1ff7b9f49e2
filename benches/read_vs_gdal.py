#!/usr/bin/env python3
"""Whole reads by geotiff-io and by GDAL (rasterio), on the same files, in one run.

  benches/read_vs_gdal.py [--size 8192] [--rounds 5] [--dir DIR] [--only u16,lzw] [--threads 1,2]

Makes rasters with rasterio (kept in DIR for the next run), builds and runs the example `read_bench`, reads the same files with
rasterio in a process of its own, and prints medians and ratios (below 1: geotiff-io needs less). CPU time is the column to read:
wall time depends on what else the machine does. Answers are compared by a checksum."""
import argparse
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
try:
    import numpy as np
    import rasterio
except ImportError:
    sys.exit("skipped: the peer is not installed (pip install rasterio numpy)")

CODECS = {"none": {}, "lzw": {"compress": "lzw"}, "deflate": {"compress": "deflate"}, "zstd": {"compress": "zstd"}}
TYPES = {"u16": ("uint16", 1, 2), "rgb": ("uint8", 3, 2), "f32": ("float32", 1, 3)}

GDAL_READER = """
import json, resource, sys, time
import numpy as np, rasterio
path, threads, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
wall, cpu, checksum = [], [], 0
with rasterio.Env(GDAL_CACHEMAX=64):
    for _ in range(rounds):
        with rasterio.open(path, num_threads=threads) as d:
            t, c = time.perf_counter(), time.process_time()
            a = d.read()
            wall.append(time.perf_counter() - t); cpu.append(time.process_time() - c)
        checksum = float(a.ravel()[::997].astype('f8').sum())
        size = a.nbytes / 2**20
        del a
print(json.dumps(dict(wall=sorted(wall)[rounds // 2], cpu=sorted(cpu)[rounds // 2],
                      peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, array_mib=size, checksum=checksum)))
"""


def landscape(size, seed):
    """Fractal terrain: noise whose power falls with the frequency."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.standard_normal((size, size)))
    f = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None, :])
    f[0, 0] = 1
    z = np.fft.irfft2(spectrum / f**1.6, s=(size, size))
    return (z - z.min()) / (z.max() - z.min())


def make(path, kind, codec, size):
    dtype, bands, predictor = TYPES[kind]
    base = landscape(min(size, 2048), 3)
    rng = np.random.default_rng(4)
    options = dict(CODECS[codec], **({"predictor": predictor} if codec != "none" else {}))
    with rasterio.open(path, "w", driver="GTiff", width=size, height=size, count=bands, dtype=dtype, tiled=True,
                       blockxsize=512, blockysize=512, interleave="pixel", num_threads=2, **options) as d:
        reps = -(-size // base.shape[0])
        z = np.tile(base, (reps, reps))[:size, :size]
        for b in range(bands):
            noise = rng.standard_normal(z.shape, dtype="f4")
            v = {"u16": z * 8000 + noise * 8, "rgb": z * 200 + 20 + noise * 3 + b * 5, "f32": z * 3000 + noise * .2}[kind]
            d.write(np.clip(v, 0, 65535 if kind != "rgb" else 255).astype(dtype), b + 1)


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1])


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--size", type=int, default=8192)
    ap.add_argument("--rounds", type=int, default=5)
    ap.add_argument("--dir", default=os.path.join(os.environ.get("TMPDIR", "/tmp"), "read_vs_gdal"))
    ap.add_argument("--only", default="", help="types and codecs, comma separated")
    ap.add_argument("--threads", default="1,2")
    ap.add_argument("--program", help="a built example read_bench; without it cargo builds one")
    a = ap.parse_args()
    os.makedirs(a.dir, exist_ok=True)
    program = a.program
    if not program:
        subprocess.run(["cargo", "build", "--release", "-q", "-p", "geotiff-io", "--example", "read_bench"], check=True, cwd=ROOT)
        target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
        program = os.path.join(target, "release", "examples", "read_bench")
    only = set(filter(None, a.only.split(",")))
    kinds = [k for k in TYPES if not only & set(TYPES) or k in only]
    codecs = [c for c in CODECS if not only & set(CODECS) or c in only]
    print(f"rasterio {rasterio.__version__}, GDAL {rasterio.__gdal_version__}, {a.size}², 512² tiles, {a.rounds} rounds")
    print(f"{'':12s}{'thr':>4}{'ours cpu':>10}{'gdal cpu':>10}{'ratio':>7}{'ours wall':>11}{'gdal wall':>11}{'ratio':>7}"
          f"{'ours MiB':>10}{'gdal MiB':>10}{'array':>8}")
    for kind in kinds:
        for codec in codecs:
            path = os.path.join(a.dir, f"{kind}_{codec}_{a.size}.tif")
            if not os.path.exists(path):
                make(path, kind, codec, a.size)
            for threads in a.threads.split(","):
                ours = run([program, path, threads, str(a.rounds)])
                gdal = run([sys.executable, "-c", GDAL_READER, path, threads, str(a.rounds)])
                wrong = abs(ours["checksum"] - gdal["checksum"]) > 1e-6 * abs(gdal["checksum"])
                print(f"{kind + ' ' + codec:12s}{threads:>4}{ours['cpu']:10.3f}{gdal['cpu']:10.3f}{ours['cpu'] / max(gdal['cpu'], 1e-9):7.2f}"
                      f"{ours['wall']:11.3f}{gdal['wall']:11.3f}{ours['wall'] / gdal['wall']:7.2f}"
                      f"{ours['peak_mib']:10.0f}{gdal['peak_mib']:10.0f}{ours['array_mib']:8.0f}{'  WRONG ANSWER' if wrong else ''}",
                      flush=True)


if __name__ == "__main__":
    main()
