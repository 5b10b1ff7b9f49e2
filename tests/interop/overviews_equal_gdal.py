#!/usr/bin/env python3
"""Overviews and options beside GDAL's COG driver: overview levels of every method, type and kind of validity, pixel by pixel, and random
rasters with random options, read back by GDAL. Seeded: the same comparisons on every run.

    python3 tests/interop/overviews_equal_gdal.py --mucho target/release/mucho [--runs 380] [--seed 14]

Differences are counted by family; docs/conformance.md says why each is there. Exit code 1 when there is one of no family, a colour
that no pixel had, an opacity that is not GDAL's, or validity that was lost.

Needs numpy and rasterio (with a GDAL of 3.10 or later).
"""
import argparse, collections, os, subprocess, sys, tempfile, warnings

METHODS = ["nearest", "average", "bilinear", "cubic", "cubic_spline", "lanczos", "mode", "rms", "gauss"]
GDAL = {"cubic_spline": "CUBICSPLINE"}
SIZES = [(333, 257), (256, 256)]
# Type and validity; 9 methods x 19 kinds x 2 sizes = 342 comparisons.
KINDS = [(t, v) for t in ("uint8", "int16", "uint16", "float32") for v in ("none", "nodata", "mask")] + [
    ("float32", "nan"), ("float64", "none"), ("int32", "nodata"), ("uint8", "hard alpha"), ("uint8", "soft alpha"),
    ("uint16", "hard alpha"), ("uint8", "palette")]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--mucho", default="target/release/mucho")
    p.add_argument("--seed", type=int, default=14)
    p.add_argument("--runs", type=int, default=380)
    args = p.parse_args()
    try:
        import numpy as np, rasterio, rasterio.shutil
    except ImportError as e:
        sys.exit(f"not installed: {e.name}")
    warnings.filterwarnings("ignore")
    families, failures = collections.Counter(), []

    def raster(rng, dtype, validity, size):
        """Pixels, validity (True is valid) and what to write beside the pixels."""
        w, h = size
        y, x = np.mgrid[:h, :w]
        bands = 3 if "alpha" in validity else 1
        valid = np.hypot(x - w / 2, y - h / 2) < 0.42 * min(w, h)
        valid ^= rng.random((h, w)) < 0.02
        base = 120 + 60 * np.sin(x / 9.0) * np.cos(y / 7.0) + rng.normal(0, 9, (bands, h, w))
        a = np.clip(base, 20, 230).astype(dtype)
        more = dict(driver="GTiff", width=w, height=h, count=bands, dtype=dtype)
        if validity == "nodata":
            nodata = 0 if dtype[0] == "u" else -9999
            a[:, ~valid] = nodata
            more["nodata"] = nodata
        elif validity == "nan":
            a[:, ~valid] = np.nan
            more["nodata"] = np.nan
        elif validity == "mask":
            a[:, ~valid] = 0
        elif "alpha" in validity:
            top = np.iinfo(dtype).max
            alpha = np.where(valid, top, 0)
            if validity == "soft alpha":
                alpha = np.where(valid, np.clip(top * (1.2 - np.hypot(x - w / 2, y - h / 2) / (0.45 * min(w, h))), 1, top), 0)
            a[:, alpha == 0] = 0
            a = np.concatenate([a, alpha[None].astype(dtype)])
            more.update(count=4, photometric="RGB", alpha="yes")
        elif validity == "palette":
            a = rng.integers(0, 12, (1, h, w)).astype("uint8")
            valid[:] = True
        else:
            valid[:] = True
        return a, valid, more

    def write(path, rng, a, valid, more, validity):
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **more) as d:
            d.write(a)
            if validity == "mask":
                d.write_mask(valid)
            if validity == "palette":
                d.write_colormap(1, {i: (*map(int, rng.integers(0, 256, 3)), 255) for i in range(12)})

    def mucho(*options):
        return subprocess.run([args.mucho, *map(str, options)], capture_output=True, text=True)

    with tempfile.TemporaryDirectory() as folder:
        src, ours, theirs = (os.path.join(folder, n) for n in ("in.tif", "ours.tif", "gdal.tif"))
        levels = pixels = 0
        for k, (dtype, validity) in enumerate(KINDS):
            for method in METHODS:
                for size in SIZES:
                    rng = np.random.default_rng([args.seed, k, size[0]])
                    a, valid, more = raster(rng, dtype, validity, size)
                    write(src, rng, a, valid, more, validity)
                    rasterio.shutil.copy(src, theirs, driver="COG", blocksize=128, compress="DEFLATE",
                                         overview_resampling=GDAL.get(method, method.upper()))
                    done = mucho("cog", src, ours, "--block-size", 128, "--overview-resampling", method)
                    what = f"{dtype} {validity} {method} {size}"
                    if done.returncode:
                        failures.append(f"{what}: {done.stderr.strip()}")
                        continue
                    with rasterio.open(ours) as d:
                        if not np.array_equal(d.read(), a, equal_nan=dtype[0] == "f"):
                            failures.append(f"{what}: the full resolution differs")
                        count = len(d.overviews(1))
                    for level in range(count):
                        with rasterio.open(ours, overview_level=level) as d:
                            o, om = d.read(), d.dataset_mask()
                        with rasterio.open(theirs, overview_level=level) as d:
                            g, gm = d.read(), d.dataset_mask()
                        levels += 1
                        pixels += o[0].size
                        if "alpha" in validity:
                            invented(what, level, a, o, g, method, failures)
                        family = classify(o, g, om, gm, dtype, validity, method)
                        families[family] += 1
                        if family == "of no family":
                            bad = (o != g) & ~((o != o) & (g != g))
                            failures.append(f"{what} level {level}: {bad.sum()} samples differ, by up to "
                                            f"{np.nanmax(np.abs(o.astype(float) - g.astype(float))[bad])}, masks {(om != gm).sum()}")
        print(f"{len(KINDS) * len(METHODS) * len(SIZES)} comparisons, {levels} levels, {pixels} pixels, GDAL {rasterio.__gdal_version__}")
        for family, n in families.most_common():
            print(f"  {n:5} levels  {family}")
        random_runs(args, np, rasterio, raster, write, mucho, src, ours, failures)
    for failure in failures[:40]:
        print("WRONG", failure)
    print(f"{len(failures)} wrong")
    sys.exit(bool(failures))


def invented(what, level, a, o, g, method, failures):
    """Colours that show and that no visible pixel had, and opacities that are not GDAL's."""
    visible, shown = a[:3, a[3] > 0].astype(float), o[3] > 0
    # Kernels with negative lobes overshoot, by an eighth of the contrast at most.
    slack = 0.15 * (visible.max() - visible.min()) + 1 if method in ("cubic", "lanczos") else 1
    for band in range(3):
        values = o[band][shown].astype(float)
        if values.size and (values.min() < visible[band].min() - slack or values.max() > visible[band].max() + slack):
            failures.append(f"{what} level {level}: colours from {values.min()} to {values.max()}, of {visible[band].min()} to {visible[band].max()}")
    # The last digit where it is the mean of some.
    apart = abs(o[3].astype(int) - g[3].astype(int)) > (1 + level if "soft" in what else 0)
    if method != "mode" and apart.any():
        failures.append(f"{what} level {level}: {apart.sum()} opacities are not GDAL's")


def classify(o, g, om, gm, dtype, validity, method):
    import numpy as np
    integer = dtype[0] != "f"
    same = (o == g) | ((o != o) & (g != g))
    if same.all() and (om == gm).all():
        return "identical"
    near = np.abs(o.astype(float) - g.astype(float)) <= (1 if integer else 1e-4)
    if validity == "soft alpha" and (abs(o[3].astype(int) - g[3].astype(int)) <= 2).all():
        return "soft alpha: colours weighed by opacity"
    if method == "mode" and validity != "none":
        return "mode: ours honours what is missing"
    if validity == "nan":
        return "NaN as nodata: GDAL's spreads"
    if validity == "palette" and method not in ("average", "rms", "gauss", "nearest", "mode"):
        return "palette: GDAL interpolates the indices"
    if (near | same).all() and (om == gm).all():
        return "rounding: off by one, or the last digits of floats"
    return "of no family"


def random_runs(args, np, rasterio, raster, write, mucho, src, ours, failures):
    """Random rasters and options: pixels, validity and statistics as GDAL reads them."""
    refused = read = 0
    for run in range(args.runs):
        rng = np.random.default_rng([args.seed, 1000 + run])
        dtype = str(rng.choice(["uint8", "int16", "uint16", "int32", "float32", "float64"]))
        kinds = ["none", "nodata", "mask"] + (["hard alpha", "soft alpha"] if dtype in ("uint8", "uint16") else [])
        validity = str(rng.choice(kinds))
        size = (int(rng.integers(1, 300)), int(rng.integers(1, 300)))
        a, valid, more = raster(rng, dtype, validity, size)
        write(src, rng, a, valid, more, validity)
        codec = str(rng.choice(["none", "deflate", "zstd", "lzw", "packbits", "lerc", "jpeg", "webp", "lzma"]))
        options = ["-c", codec, "--block-size", rng.choice([16, 64, 128, 512]), "--statistics",
                   "--overview-resampling", rng.choice(METHODS), "--interleave", rng.choice(["pixel", "band", "tile"])]
        to = dtype
        if codec == "lerc" and rng.random() < 0.5:
            options += ["--max-z-error", "2"]
        if rng.random() < 0.4:
            to = str(rng.choice(["uint8", "int16", "uint16", "float32"]))
            options += ["--dtype", {"uint8": "u8", "int16": "i16", "uint16": "u16", "float32": "f32"}[to]]
            if "alpha" not in validity:
                options += ["--nodata", rng.choice([0, 255, 7])]
        done = mucho("cog", src, ours, *options)
        what = f"run {run}: {dtype} {validity} {size} {' '.join(map(str, options))}"
        if done.returncode:
            refused += 1
            if done.returncode not in (2, 4):
                failures.append(f"{what}: exit {done.returncode}: {done.stderr.strip()}")
            continue
        read += 1
        with rasterio.open(ours) as d:
            o, mask, tags = d.read(), d.dataset_mask() != 0, d.tags(1)
        # Stated of a raster in which nothing was missing: those very values are missing from then on.
        expected = valid
        if "--nodata" in options and validity == "none":
            expected = a[0] != float(options[options.index("--nodata") + 1])
        if "alpha" in validity:
            expected = a[3] != 0
        if not np.array_equal(mask, expected):
            failures.append(f"{what}: {(mask != expected).sum()} pixels of another validity")
        lossy = codec == "jpeg" or "--max-z-error" in options
        if to == dtype and not lossy and not np.array_equal(o[:, expected], a[:, expected]):
            failures.append(f"{what}: pixels differ")
        if "STATISTICS_MEAN" in tags and not lossy and mask.any():
            values = o[0][mask].astype(float)
            if abs(float(tags["STATISTICS_MEAN"]) - values.mean()) > 1e-6 * max(1, abs(values.mean())):
                failures.append(f"{what}: mean {tags['STATISTICS_MEAN']}, of the pixels {values.mean()}")
    print(f"{args.runs} random runs: {read} read back, {refused} combinations refused")


if __name__ == "__main__":
    main()
