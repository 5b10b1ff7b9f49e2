"""Runs rio-mucho and the convster recipe beside mucho, in one run, and prints medians and ratios.

    python benches/mucho_vs_riomucho.py [--size 8192] [--repeats 3] [--mucho target/release/mucho] [--folder DIR]

Two jobs: a window function over u16 rasters (Deflate with predictor in and out; a terrain with more and
with less noise, and a reflectance), and the entropy of a land-cover raster (10 categories, sigma 10, Deflate
COG out). Needs rasterio, rio-mucho, numpy and scikit-image in the Python that runs it;
what is missing is said and left out. Answers are compared before anything is timed.
"""
import argparse, concurrent.futures, os, resource, statistics, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--size", type=int, default=8192)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--mucho", default="target/release/mucho")
parser.add_argument("--folder", help="keep the rasters here and use those that are there; default: a temporary folder")
parser.add_argument("--job", choices=["window", "entropy", "both"], default="both")
args = parser.parse_args()

try:
    import numpy as np
    import rasterio
    import rasterio.shutil
    from rasterio.windows import Window
except ImportError as error:
    sys.exit(f"cannot make the rasters: {error}")
try:
    import riomucho
except ImportError:
    riomucho = None
try:
    from skimage.filters import gaussian
except ImportError:
    gaussian = None

PROFILE = dict(driver="GTiff", width=args.size, height=args.size, count=1, tiled=True, blockxsize=512, blockysize=512,
               compress="deflate", predictor=2, crs="EPSG:32633",
               transform=rasterio.transform.from_origin(4e5, 5e6, 10, 10))


RASTERS = ("terrain", "clean_terrain", "reflectance", "landcover")


def smooth_field(size, seed, exponent=2.0):
    """Power-law noise in 0..1, made at a quarter of the size and enlarged."""
    rng = np.random.default_rng(seed)
    n = size // 4
    f = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)[None, :])
    f[0, 0] = 1
    field = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((n, n))) / f**exponent, s=(n, n))
    field = (field - field.min()) / np.ptp(field)
    return np.kron(field, np.ones((4, 4)))


def terrain(noise):
    """Fractal heights in 0..8000 (octaves of bilinear random fields, halved in weight) and even noise."""
    rng, out, cells, weight = np.random.default_rng(5), np.zeros((args.size, args.size), np.float32), 4, 1.0
    while cells <= args.size:
        field = rng.standard_normal((cells + 1, cells + 1)).astype(np.float32)
        at = np.linspace(0, cells, args.size, endpoint=False)
        i, f = at.astype(int), (at % 1).astype(np.float32)
        columns = field[:, i] * (1 - f) + field[:, i + 1] * f
        out += weight * (columns[i] * (1 - f)[:, None] + columns[i + 1] * f[:, None])
        cells, weight = cells * 2, weight / 2
    out = (out - out.min()) / np.ptp(out)
    return (out * 8000 + rng.integers(0, noise, out.shape)).astype("u2")


def make(folder):
    paths = {name: os.path.join(folder, f"{name}_{args.size}.tif") for name in RASTERS}

    def write(name, pixels, **profile):
        if not os.path.exists(paths[name]):
            array = pixels()
            with rasterio.open(paths[name], "w", dtype=array.dtype, **{**PROFILE, **profile}) as out:
                out.write(array, 1)

    def reflectance():
        noise = np.random.default_rng(3).normal(0, 40, (args.size, args.size))
        return (smooth_field(args.size, 1) * 6000 + noise).clip(1, 65535).astype("u2")

    def landcover():
        noise = np.random.default_rng(4).normal(0, 0.004, (args.size, args.size))
        field = smooth_field(args.size, 2, 1.5) + noise
        edges = np.quantile(field[::16, ::16], np.linspace(0, 1, 11)[1:-1])
        return (np.digitize(field, edges) + 1).astype("u1")

    write("terrain", lambda: terrain(40))
    write("clean_terrain", lambda: terrain(4))
    write("reflectance", reflectance)
    write("landcover", landcover, predictor=1)
    return paths


def timed(function):
    """Medians of wall and CPU seconds of this process's children and threads, and the peak memory of children."""
    walls, cpus = [], []
    for _ in range(args.repeats):
        before = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        start = time.perf_counter()
        function()
        walls.append(time.perf_counter() - start)
        after = [resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        cpus.append(sum(a.ru_utime + a.ru_stime - b.ru_utime - b.ru_stime for a, b in zip(after, before)))
    return statistics.median(walls), statistics.median(cpus)


def mucho(*words):
    subprocess.run([args.mucho, *words, "--quiet"], check=True)


def halve(data, window, ij, global_args):
    return data[0] // 2 + 1


def rio_mucho(source, target, processes):
    options = {**PROFILE, "dtype": "uint16"}
    with riomucho.RioMucho([source], target, halve, options=options) as job:
        job.run(processes)


def entropy_block(job):
    """One block row of the recipe: extract, blur and measure with scikit-image and numpy."""
    source, row, rows, sigma, categories = job
    halo = int(4 * sigma + 0.5)
    with rasterio.open(source) as src:
        top, bottom = max(0, row - halo), min(src.height, row + rows + halo)
        band = src.read(1, window=Window(0, top, src.width, bottom - top))
    shares = np.stack([gaussian((band == c).astype("f4"), sigma, mode="nearest") for c in categories])
    shares = shares[:, row - top:row - top + rows]
    shares /= shares.sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.where(shares > 0, shares * np.log(shares), 0).sum(0) / np.log(len(categories))
    return row, entropy.astype("f4")


def recipe(source, target, sigma=10, categories=range(1, 11)):
    jobs = [(source, row, min(512, args.size - row), sigma, tuple(categories)) for row in range(0, args.size, 512)]
    plain = target + ".plain.tif"
    with rasterio.open(plain, "w", dtype="float32", **{**PROFILE, "predictor": 3}) as out, \
            concurrent.futures.ProcessPoolExecutor(2) as pool:
        for row, block in pool.map(entropy_block, jobs):
            out.write(block, 1, window=Window(0, row, args.size, block.shape[0]))
    rasterio.shutil.copy(plain, target, driver="COG", compress="deflate", predictor="yes", num_threads=2)
    os.remove(plain)


def read(path):
    with rasterio.open(path) as src:
        return src.read(1)


def report(name, ours, theirs):
    line = f"{name:55s} ours {ours[0]:6.2f} s wall {ours[1]:6.2f} s CPU"
    if theirs:
        line += f"   theirs {theirs[0]:7.2f} s wall {theirs[1]:7.2f} s CPU   ratio {theirs[0] / ours[0]:6.1f} wall {theirs[1] / ours[1]:6.1f} CPU"
    print(line, flush=True)


def second_thread(one, two):
    print(f"{'':55s} a second thread makes it {one[0] / two[0]:.2f} times as fast", flush=True)


def sizes(ours, theirs):
    line = f"{'':55s} ours {os.path.getsize(ours):,} bytes"
    print(line + (f", theirs {os.path.getsize(theirs):,}" if theirs else ""), flush=True)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or temporary
        rasters = make(folder)
        ours, theirs = os.path.join(temporary, "ours.tif"), os.path.join(temporary, "theirs.tif")
        for name in RASTERS[:3] if args.job in ("window", "both") else ():
            def window_job(threads):
                mucho("calc", "floor(A / 2) + 1", f"A={rasters[name]}", ours, "--dtype", "u16", "--plain",
                      "--ignore-nodata", "--threads", str(threads))
            window_job(2)
            if riomucho:
                rio_mucho(rasters[name], theirs, 4)
                if not (read(ours) == read(theirs)).all():
                    sys.exit("window function: the answers differ")
            else:
                print("rio-mucho is not installed: left out")
            two, one = timed(lambda: window_job(2)), timed(lambda: window_job(1))
            report(f"window function, {name}, 2 threads / 4 processes", two,
                   riomucho and timed(lambda: rio_mucho(rasters[name], theirs, 4)))
            report(f"window function, {name}, 1 thread / 1 process", one,
                   riomucho and timed(lambda: rio_mucho(rasters[name], theirs, 1)))
            second_thread(one, two)
            sizes(ours, riomucho and theirs)
        if args.job in ("entropy", "both"):
            def entropy_job(threads):
                mucho("entropy", rasters["landcover"], ours, "--sigma", "10", "--dtype", "f32", "--threads", str(threads))
            entropy_job(2)
            peer = None
            if gaussian:
                start = time.perf_counter()
                cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
                recipe(rasters["landcover"], theirs)
                end = resource.getrusage(resource.RUSAGE_CHILDREN)
                peer = (time.perf_counter() - start, end.ru_utime + end.ru_stime - cpu.ru_utime - cpu.ru_stime)
                difference = np.abs(read(ours) - read(theirs)).max()
                print(f"entropy: largest difference {difference:.2e}")
                if difference > 1e-3:
                    sys.exit("entropy: the answers differ")
            else:
                print("scikit-image is not installed: left out")
            two, one = timed(lambda: entropy_job(2)), timed(lambda: entropy_job(1))
            report("entropy file to file, 2 threads / processes", two, peer)
            report("entropy file to file, 1 thread", one, None)
            second_thread(one, two)
            sizes(ours, gaussian and theirs)


if __name__ == "__main__":
    main()
