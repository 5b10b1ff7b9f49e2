#!/usr/bin/env python3
"""GDAL reads what mucho writes: every data type x compression x predictor x layout, pixels, overviews, masks, validity.

    python3 tests/interop/gdal_reads_ours.py --mucho target/release/mucho

Needs numpy, rasterio and rio-cogeo.
"""
import argparse, itertools, os, subprocess, sys, tempfile, warnings

TYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64", "complex64", "complex128"]
CODECS = ["none", "lzw", "deflate", "zstd", "packbits", "lzma", "lerc", "lerc_deflate", "lerc_zstd"]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--mucho", default="target/release/mucho")
    args = p.parse_args()
    try:
        import numpy as np, rasterio
        from rio_cogeo.cogeo import cog_validate
    except ImportError as e:
        sys.exit(f"not installed: {e.name}")
    warnings.filterwarnings("ignore")
    rng, tried, refused, wrong = np.random.default_rng(5), 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "in.tif"), os.path.join(folder, "out.tif")

        def check(a, what, options, mask=None):
            nonlocal tried, refused, wrong
            done = subprocess.run([args.mucho, "convert" if "--plain" in options else "cog", source, out, *options],
                                  capture_output=True, text=True)
            if done.returncode:
                refused += 1
                if done.returncode not in (2, 4):
                    wrong += 1
                    print(f"{what}: exit code {done.returncode}: {done.stderr.strip()}")
                return
            tried += 1
            with rasterio.open(out) as d:
                same = np.array_equal(d.read(), a, equal_nan=a.dtype.kind in "fc")
                if mask is not None:
                    same = same and np.array_equal(d.dataset_mask(), mask)
                overviews = d.overviews(1)
            for level in range(len(overviews)):
                with rasterio.open(out, overview_level=level) as d:
                    d.read()
            valid, errors, notes = (True, [], []) if "--plain" in options else cog_validate(out, strict=True, quiet=True)
            if not same or not valid:
                wrong += 1
                print(f"{what}: pixels {'equal' if same else 'DIFFER'}, {errors or 'valid'} {notes}")

        for dtype, (bands, interleave) in itertools.product(TYPES, [(1, "pixel"), (3, "pixel"), (2, "band"), (2, "tile")]):
            kind = np.dtype(dtype).kind
            a = np.cumsum(rng.integers(-3 if kind != "u" else 0, 4, (bands, 131, 203)), axis=2)
            a = (a % 120 if kind in "iu" else a * 0.37 + (1j if kind == "c" else 0)).astype(dtype)
            with rasterio.open(source, "w", driver="GTiff", width=203, height=131, count=bands, dtype=dtype, crs="EPSG:32633",
                               transform=rasterio.Affine(10, 0, 5e5, 0, -10, 5e6)) as d:
                d.write(a)
            layouts = [["--blocksize", "64", "--interleave", interleave]]
            if interleave != "tile":
                layouts.append(["--plain", "--blocksize", "32", "--interleave", interleave, "--bigtiff", "yes"])
            for codec, predictor, layout in itertools.product(CODECS, ["1", "2", "3"], layouts):
                options = ["--compress", codec, "--predictor", predictor, "--overview-resampling", "nearest", *layout]
                check(a, f"{dtype} x{bands} {' '.join(options)}", options)
        a = rng.integers(0, 255, (3, 300, 400)).astype("uint8")
        mask = (rng.random((300, 400)) > 0.3).astype("uint8") * 255
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(source, "w", driver="GTiff", width=400, height=300, count=3,
                                                                       dtype="uint8", photometric="RGB") as d:
            d.write(a)
            d.write_mask(mask)
        for codec in ("none", "deflate", "webp"):
            options = ["--compress", codec, "--blocksize", "64", "--overview-resampling", "average"]
            check(a, f"mask {codec}", options, mask)
    print(f"{tried} files read back, {refused} combinations refused, {wrong} wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
