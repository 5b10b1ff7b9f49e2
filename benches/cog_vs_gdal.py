#!/usr/bin/env python3
"""Make COGs with mucho and with GDAL from the same rasters in one run; print ratios of CPU, wall, memory and size.

    python3 benches/cog_vs_gdal.py --mucho target/release/mucho [--dir /tmp/cogbench] [--runs 3] [--threads 1]

Needs numpy and rasterio to make the rasters (8192 x 8192: one-band u16, three-band u8, f32; kept in --dir) and to
compare the pixels afterwards, and gdal_translate as the peer; what is missing is said and left out.
"""
import argparse, os, resource, shutil, statistics, subprocess, sys, time

CASES = [("deflate", "DEFLATE", [], []), ("zstd", "ZSTD", [], []), ("lzw", "LZW", [], [])]
SIDE = 8192


def terrain(np, rng):
    """Fractal noise in 0..1: octaves of bilinear random fields, halved in weight."""
    out, cells, weight = np.zeros((SIDE, SIDE), np.float32), 4, 1.0
    while cells <= SIDE:
        field = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32)
        at = np.linspace(0, cells, SIDE, endpoint=False)
        i = at.astype(int)
        f = (at - i).astype(np.float32)
        cols = field[:, i] * (1 - f) + field[:, i + 1] * f
        out += weight * (cols[i, :] * (1 - f)[:, None] + cols[i + 1, :] * f[:, None])
        cells, weight = cells * 2, weight / 2
    return (out - out.min()) / (out.max() - out.min())


def make_rasters(folder):
    paths = {k: os.path.join(folder, k + ".tif") for k in ("u16", "rgb", "f32")}
    if all(map(os.path.exists, paths.values())):
        return paths
    if os.fork():
        # The memory that this takes must not count as that of the tools.
        return paths if os.wait()[1] == 0 else sys.exit("the rasters could not be made")
    try:
        import numpy as np, rasterio
        from rasterio.transform import from_origin
    except ImportError:
        sys.exit("numpy and rasterio are not installed: they make the rasters of this benchmark")
    rng = np.random.default_rng(1)
    f = terrain(np, rng)
    arrays = {
        "u16": (f * 8000 + rng.integers(0, 40, f.shape)).astype("u2")[None],
        "f32": (f * 1500 + rng.standard_normal(f.shape).astype("f4") * 0.1).astype("f4")[None],
        "rgb": np.stack([np.clip(f * 200 + rng.integers(-6, 7, f.shape) + k * 10, 0, 255) for k in range(3)]).astype("u1"),
    }
    for name, a in arrays.items():
        with rasterio.open(paths[name], "w", driver="GTiff", width=SIDE, height=SIDE, count=len(a), dtype=a.dtype,
                           crs="EPSG:32633", transform=from_origin(5e5, 5e6, 10, 10), tiled=True, blockxsize=512,
                           blockysize=512, interleave="pixel") as d:
            d.write(a)
    sys.exit(0)


def run(command):
    """CPU seconds, wall seconds and peak MB of one process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed: {process.stderr.read().decode()}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024


SAME = """
import sys, rasterio
with rasterio.open(sys.argv[1]) as x, rasterio.open(sys.argv[2]) as y:
    same = x.overviews(1) == y.overviews(1) and all(x.checksum(i) == y.checksum(i) for i in x.indexes)
    for level in range(len(x.overviews(1)) if same else 0):
        with rasterio.open(sys.argv[1], overview_level=level) as a, rasterio.open(sys.argv[2], overview_level=level) as b:
            same = same and all(a.checksum(i) == b.checksum(i) for i in a.indexes)
print(same)
"""


def same_pixels(a, b):
    """Full resolution and overviews. In another process: its memory would count as that of the next child."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SAME, a, b], capture_output=True, text=True)
    return {"True": True, "False": False}.get(done.stdout.strip())


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--mucho", default="target/release/mucho")
    p.add_argument("--dir", default="/tmp/cogbench")
    p.add_argument("--runs", type=int, default=3)
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--codecs", default="deflate,zstd,lzw")
    p.add_argument("--rasters", default="u16,rgb,f32")
    args = p.parse_args()
    os.makedirs(args.dir, exist_ok=True)
    rasters = make_rasters(args.dir)
    gdal = shutil.which("gdal_translate")
    if not gdal:
        print("gdal_translate is not installed: only mucho is measured")
    print(f"{'raster':6} {'codec':8} {'tool':6} {'CPU s':>7} {'wall s':>7} {'peak MB':>8} {'MB':>7}")
    for name in args.rasters.split(","):
        for codec, theirs, own_extra, gdal_extra in (c for c in CASES if c[0] in args.codecs.split(",")):
            source, out = rasters[name], {t: os.path.join(args.dir, f"{t}.tif") for t in ("mucho", "gdal")}
            predictor = "3" if name == "f32" else "2"
            commands = {"mucho": [args.mucho, "cog", source, out["mucho"], "--compress", codec, "--predictor", predictor,
                                  "--blocksize", "512", "--overview-resampling", "average", "--threads",
                                  str(args.threads), *own_extra]}
            if gdal:
                commands["gdal"] = [gdal, "-q", "-of", "COG", source, out["gdal"], "-co", f"COMPRESS={theirs}", "-co",
                                    "PREDICTOR=YES", "-co", "RESAMPLING=AVERAGE", "-co", "BLOCKSIZE=512", "-co",
                                    f"NUM_THREADS={args.threads}", "-co", "BIGTIFF=NO", *gdal_extra]
            # Round robin, so that a busy moment hits both.
            figures = {tool: [] for tool in commands}
            for _ in range(args.runs):
                for tool, command in commands.items():
                    figures[tool].append(run(command))
            medians = {}
            for tool, rows in figures.items():
                cpu, wall, peak = (statistics.median(column) for column in zip(*rows))
                medians[tool] = cpu, wall, peak, os.path.getsize(out[tool]) / 1e6
                print(f"{name:6} {codec:8} {tool:6} {cpu:7.2f} {wall:7.2f} {peak:8.0f} {medians[tool][3]:7.1f}")
            if gdal:
                ratios = [a / b for a, b in zip(medians["mucho"], medians["gdal"])]
                agree = {True: "same pixels", False: "PIXELS DIFFER", None: "pixels not compared"}[
                    same_pixels(out["mucho"], out["gdal"])]
                print(f"{name:6} {codec:8} ratio  {ratios[0]:7.2f} {ratios[1]:7.2f} {ratios[2]:8.2f} {ratios[3]:7.2f}  {agree}", flush=True)


if __name__ == "__main__":
    main()
