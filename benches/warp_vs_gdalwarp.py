#!/usr/bin/env python3
"""Our warp beside GDAL's, in one run: UTM zone 31N to EPSG:3857, three bands of u16.

    python benches/warp_vs_gdalwarp.py [--side 8192] [--methods nearest,bilinear,...] [--runs 3]
                                       [--parts memory,files,exact,peak] [--kinds tiled,deflate]
                                       [--bench PATH-TO-cargo-bench-BINARY] [--mucho PATH]

memory  rasterio.warp.reproject (GDAL, approximate by default) against `cargo bench -p mucho-warp`; arrays, 1 and 2 threads.
        GDAL's mode clears a histogram of 65536 bins per pixel: it is run on an eighth of the side, as is ours then.
files   gdalwarp against `mucho warp`: tiled uncompressed to tiled uncompressed, Deflate to Deflate COG with overviews;
        the same number of threads; CPU, wall and peak memory.
exact   gdalwarp -et 0 against `mucho warp` (which is exact to 1e-6 pixel) and against our warp in memory.
peak    peak memory of `mucho warp` for outputs of 1, 4 and 16 times as many pixels.

Figures are medians of --runs; CPU seconds are user + system of the whole process tree. A peer that is not installed is
named as such and left out.
"""
import argparse, os, re, shutil, statistics, subprocess, sys, tempfile, time

GDAL_NAME = {"cubic_spline": "cubicspline", "nearest": "near"}


def apart(work, *arguments):
    """Do it in a process of its own: what this one has held counts as the peak of every program that it starts."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        try:
            work(*arguments)
            sys.stdout.flush()
            os._exit(0)
        finally:
            os._exit(1)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit("a part failed")


def run_child(command):
    """Wall seconds, CPU seconds and peak memory (MB) of a command."""
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def medians(runs):
    return tuple(statistics.median(v) for v in zip(*runs))


def repeated(command, output, runs):
    results = []
    for _ in range(runs):
        if os.path.exists(output):
            os.remove(output)
        results.append(run_child(command))
    return medians(results)


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
    noise = np.random.default_rng(1).integers(0, 4096, (3, side, side), dtype="u2")
    source = np.stack([wave + b * 500 for b in range(3)]).astype("u2") + noise
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
            figures[method, threads] = medians(times)
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
    return figures


def in_memory(a, methods):
    sizes = [(a.side, [m for m in methods if m != "mode"]), (a.side // 8, [m for m in methods if m == "mode"])]
    for side, some in sizes:
        if not some:
            continue
        theirs = in_memory_gdal(side, some, a.runs)
        ours = in_memory_ours(a.bench, side, some)
        for method in some:
            for threads in (1, 2):
                (ow, oc), (tw, tc) = ours[method, threads], theirs.get((method, threads), (float("nan"),) * 2)
                print(f"  {method:12} {threads} thread(s): GDAL {tw:.3f} s ({tc:.2f} cpu), ours {ow:.3f} s ({oc:.2f} cpu): "
                      f"{tw / ow:.1f} times as fast, cpu {tc / max(oc, 0.01):.1f} times less", flush=True)
            gain = ours[method, 1][0] / ours[method, 2][0]
            print(f"  {method:12} second thread: {gain:.2f} times as fast", flush=True)


def make_source(path, side, creation):
    apart(write_source, path, side, creation)


def write_source(path, side, creation):
    import numpy as np, rasterio
    from rasterio.transform import from_origin
    rng = np.random.default_rng(1)
    with rasterio.open(path, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint16", tiled=True,
                       blockxsize=512, blockysize=512, crs="EPSG:32631", interleave="pixel",
                       transform=from_origin(500000, 5000000, 10, 10), **creation) as d:
        for row in range(0, side, 512):
            r, c = np.mgrid[row:min(row + 512, side), 0:side]
            wave = ((np.sin(r / 37.0) + np.cos(c / 53.0)) * 8000 + 20000).astype("u2")
            noise = rng.integers(0, 64, (3,) + wave.shape, dtype="uint16")
            d.write(wave[None] + noise, window=((row, row + wave.shape[0]), (0, side)))


def theirs_command(method, threads, cog):
    command = ["gdalwarp", "-q", "-overwrite", "-t_srs", "EPSG:3857", "-r", GDAL_NAME.get(method, method), "-wm", "500"]
    command += ["-multi", "-wo", f"NUM_THREADS={threads}"] if threads > 1 else []
    if cog:
        return command + ["-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=2", "-co", f"NUM_THREADS={threads}"]
    return command + ["-co", "TILED=YES"]


def ours_command(mucho, source, out, method, threads, cog):
    command = [mucho, "warp", source, out, "--crs", "EPSG:3857", "--resampling", method, "--threads", str(threads), "--quiet"]
    return command + (["--compress", "deflate"] if cog else ["--plain", "--compress", "none"])


def file_to_file(a, methods, folder):
    out = os.path.join(folder, "out.tif")
    for kind in a.kinds.split(","):
        creation = {"compress": "deflate", "predictor": 2} if kind == "deflate" else {}
        source, cog = os.path.join(folder, f"{kind}.tif"), kind == "deflate"
        make_source(source, a.side, creation)
        for method in methods:
            ours = {}
            for threads in (1, 2):
                gw, gc, gm = repeated(theirs_command(method, threads, cog) + [source, out], out, a.runs)
                mw, mc, mm = ours[threads] = repeated(ours_command(a.mucho, source, out, method, threads, cog), out, a.runs)
                print(f"  {kind:8} {method:12} {threads} thread(s): gdalwarp {gw:.2f} s ({gc:.2f} cpu, {gm:.0f} MB), "
                      f"mucho {mw:.2f} s ({mc:.2f} cpu, {mm:.0f} MB): {gw / mw:.1f} times, cpu {gc / mc:.1f} times", flush=True)
            print(f"  {kind:8} {method:12} second thread: {ours[1][0] / ours[2][0]:.2f} times as fast", flush=True)


def exact(a, methods, folder):
    source, out = os.path.join(folder, "exact.tif"), os.path.join(folder, "out.tif")
    make_source(source, a.side, {})
    memory = in_memory_ours(a.bench, a.side, methods)
    for method in methods:
        _, gc, _ = repeated(theirs_command(method, 1, False) + ["-et", "0", source, out], out, a.runs)
        _, mc, _ = repeated(ours_command(a.mucho, source, out, method, 1, False), out, a.runs)
        print(f"  {method:12} gdalwarp -et 0: {gc:.2f} s cpu; mucho warp {mc:.2f} s cpu: {gc / mc:.1f} times; "
              f"ours in memory {memory[method, 1][1]:.2f} s cpu: {gc / max(memory[method, 1][1], 0.01):.0f} times", flush=True)


def peak(a, folder):
    source, out = os.path.join(folder, "peak.tif"), os.path.join(folder, "out.tif")
    make_source(source, a.side, {"compress": "deflate", "predictor": 2})
    for factor in (1, 2, 4):
        size = f"{a.side * factor}x{a.side * factor}"
        command = ours_command(a.mucho, source, out, "bilinear", 2, True) + ["--size", size]
        _, cpu, mb = repeated(command, out, 1)
        print(f"  output of {size} x 3 u16, Deflate COG: peak {mb:.0f} MB, {cpu:.1f} s cpu", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=8192)
    parser.add_argument("--methods", default="nearest,bilinear,cubic,cubic_spline,lanczos,average,mode,med")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--parts", default="memory,files,exact,peak")
    parser.add_argument("--kinds", default="tiled,deflate", help="of part files")
    parser.add_argument("--folder", help="where files are made (a temporary folder)")
    parser.add_argument("--bench")
    parser.add_argument("--mucho")
    a = parser.parse_args()
    methods, parts = a.methods.split(","), a.parts.split(",")
    if "memory" in parts:
        print("in memory")
        apart(in_memory, a, methods)
    if not a.mucho or not os.path.exists(a.mucho):
        print("no mucho binary given (--mucho): no figures of files")
        return
    if not shutil.which("gdalwarp"):
        print("gdalwarp is not installed: no figures of files beside it")
        parts = [p for p in parts if p == "peak"]
    with tempfile.TemporaryDirectory(dir=a.folder) as folder:
        if "files" in parts:
            print(f"file to file, {a.side} x {a.side} x 3 u16")
            file_to_file(a, methods, folder)
        if "exact" in parts:
            print(f"against exact positions, {a.side} x {a.side} x 3 u16")
            exact(a, [m for m in methods if m in ("nearest", "bilinear", "cubic")], folder)
        if "peak" in parts:
            print("peak memory")
            peak(a, folder)


if __name__ == "__main__":
    sys.exit(main())
