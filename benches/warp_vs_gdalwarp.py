#!/usr/bin/env python3
"""Our warp beside GDAL's, in one run: UTM zone 31N to EPSG:3857, three bands of u16.

    python benches/warp_vs_gdalwarp.py [--side 8192] [--methods nearest,bilinear,...] [--runs 3]
                                       [--bench PATH-TO-cargo-bench-BINARY] [--mucho PATH]

In memory: rasterio.warp.reproject (GDAL's default approximation) against `cargo bench -p warp`.
File to file: gdalwarp against `mucho warp`, tiled uncompressed and Deflate COG, same number of threads.
Figures are medians; CPU seconds are user + system of the whole process tree. A peer that is not installed
is named as such and left out.
"""
import argparse, os, re, resource, shutil, statistics, subprocess, sys, tempfile, time

GDAL_NAME = {"cubic_spline": "cubicspline", "nearest": "near"}


def timed(run):
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run()
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(runs):
    return tuple(statistics.median(v) for v in zip(*runs))


def in_memory_gdal(side, methods, runs):
    try:
        import numpy as np, rasterio
        from rasterio.transform import from_origin
        from rasterio.warp import Resampling, calculate_default_transform, reproject
    except ImportError:
        print("rasterio is not installed: no figures of GDAL in memory")
        return {}
    rows, cols = np.mgrid[0:side, 0:side]
    wave = (np.sin(rows / 37.0) + np.cos(cols / 53.0)) * 8000 + 20000
    noise = np.random.default_rng(1).integers(0, 4096, (3, side, side))
    source = np.stack([wave + b * 500 for b in range(3)]).astype("u2") + noise.astype("u2")
    t = from_origin(500000, 5000000, 10, 10)
    right, bottom = 500000 + 10 * side, 5000000 - 10 * side
    dt, w, h = calculate_default_transform("EPSG:32631", "EPSG:3857", side, side, 500000, bottom, right, 5000000)
    print(f"GDAL {rasterio.__gdal_version__} in memory: {side} x {side} x 3 u16 -> {w} x {h}")
    out = np.zeros((3, h, w), "u2")
    figures = {}
    for method in methods:
        for threads in (1, 2):
            times = []
            for _ in range(runs):
                cpu, wall = time.process_time(), time.perf_counter()
                reproject(source, out, src_transform=t, src_crs="EPSG:32631", dst_transform=dt, dst_crs="EPSG:3857",
                          resampling=Resampling[method], num_threads=threads)
                times.append((time.perf_counter() - wall, time.process_time() - cpu))
            wall, cpu = median(times)
            figures[method, threads] = (wall, cpu)
            print(f"  {method:12} {threads} thread(s): {w * h / wall / 1e6:7.1f} Mpix/s, {wall:.3f} s, {cpu:.2f} s cpu", flush=True)
    return figures


def in_memory_ours(bench, side, methods):
    command = [bench] if bench else ["cargo", "bench", "-q", "-p", "warp", "--bench", "warp", "--"]
    figures = {}
    for method in methods:
        text = subprocess.run(command + [str(side), method], capture_output=True, text=True, check=True).stdout
        for line in text.splitlines():
            m = re.match(r"(\S+)\s+(\d) thread\(s\):\s+(\S+) Mpix/s, (\S+) s, (\S+) s cpu", line)
            if m:
                figures[m[1], int(m[2])] = (float(m[4]), float(m[5]))
                print("  " + line, flush=True)
    return figures


def file_to_file(mucho, side, methods, runs):
    gdalwarp = shutil.which("gdalwarp")
    if not gdalwarp:
        print("gdalwarp is not installed: no figures file to file")
        return
    if not mucho or not os.path.exists(mucho):
        print("no mucho binary given (--mucho): no figures file to file")
        return
    import numpy as np, rasterio
    from rasterio.transform import from_origin
    with tempfile.TemporaryDirectory() as folder:
        for kind, creation in (("tiled", {}), ("deflate", {"compress": "deflate", "predictor": 2})):
            source = os.path.join(folder, f"{kind}.tif")
            rng = np.random.default_rng(1)
            with rasterio.open(source, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint16", tiled=True,
                               blockxsize=512, blockysize=512, crs="EPSG:32631", interleave="pixel",
                               transform=from_origin(500000, 5000000, 10, 10), **creation) as d:
                for row in range(0, side, 512):
                    r, c = np.mgrid[row:min(row + 512, side), 0:side]
                    wave = ((np.sin(r / 37.0) + np.cos(c / 53.0)) * 8000 + 20000).astype("u2")
                    noise = rng.integers(0, 64, (3,) + wave.shape, dtype="uint16")
                    d.write(wave[None] + noise, window=((row, row + wave.shape[0]), (0, side)))
            out = os.path.join(folder, "out.tif")
            for method in methods:
                for threads in (1, 2):
                    name = GDAL_NAME.get(method, method)
                    theirs = [gdalwarp, "-q", "-overwrite", "-t_srs", "EPSG:3857", "-r", name, "-wm", "500"]
                    theirs += ["-multi", "-wo", f"NUM_THREADS={threads}"] if threads > 1 else []
                    if kind == "tiled":
                        theirs += ["-co", "TILED=YES"]
                    else:
                        theirs += ["-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=2", "-co", f"NUM_THREADS={threads}"]
                    ours = [mucho, "warp", source, out, "--crs", "EPSG:3857", "--resampling", method, "--threads", str(threads)]
                    ours += ["--compress", "none" if kind == "tiled" else "deflate"]
                    result = {}
                    for label, command in (("gdalwarp", theirs + [source, out]), ("mucho", ours)):
                        times = []
                        for _ in range(runs):
                            if os.path.exists(out):
                                os.remove(out)
                            times.append(timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)))
                        result[label] = median(times)
                    (gw, gc), (mw, mc) = result["gdalwarp"], result["mucho"]
                    print(f"  {kind:8} {method:12} {threads} thread(s): gdalwarp {gw:.2f} s ({gc:.2f} cpu), "
                          f"mucho {mw:.2f} s ({mc:.2f} cpu): {gw / mw:.1f} times, cpu {gc / mc:.1f} times", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=8192)
    parser.add_argument("--methods", default="nearest,bilinear,cubic,cubic_spline,lanczos,average,mode,med")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--bench")
    parser.add_argument("--mucho")
    a = parser.parse_args()
    methods = a.methods.split(",")
    theirs = in_memory_gdal(a.side, [m for m in methods if m != "mode"], a.runs)
    if "mode" in methods:
        print("  mode: GDAL up to 3.10 clears a histogram of 65536 bins per pixel; not run at this size")
    print("ours in memory:")
    ours = in_memory_ours(a.bench, a.side, methods)
    for key in theirs:
        if key in ours:
            print(f"  {key[0]:12} {key[1]} thread(s): {theirs[key][0] / ours[key][0]:.1f} times as fast, "
                  f"cpu {theirs[key][1] / max(ours[key][1], 1e-9):.1f} times less")
    file_to_file(a.mucho, a.side, methods, a.runs)


if __name__ == "__main__":
    sys.exit(main())
