#!/usr/bin/env python3
"""`mucho warp` beside `gdalwarp -et 0` and beside its default, sample by sample: a job of 8192 x 8192.

    cargo build --release -p mucho-cli && python tests/interop/warp_equals_gdalwarp.py [--side 8192] [--mucho PATH]

UTM zone 31N to EPSG:3857, one band of u16 and of i16, nearest, bilinear and cubic. Ours must equal `-et 0`, and with
--gdal-approx 0.125 gdalwarp's default, but for samples that are half-way between two integers as far as a double can
tell: they may be another by one, two in a million of them. Needs gdalwarp and rasterio; says so, and
succeeds, where they are missing.
"""
import argparse, os, shutil, subprocess, sys, tempfile

PER_MILLION = 2


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--side", type=int, default=8192)
    args.add_argument("--mucho", default=os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release/mucho"))
    args = args.parse_args()
    try:
        import numpy as np, rasterio
        from rasterio.transform import from_origin
    except ImportError:
        print("skipped: rasterio is not installed")
        return 0
    if not shutil.which("gdalwarp"):
        print("skipped: gdalwarp is not installed")
        return 0
    print(subprocess.run(["gdalwarp", "--version"], capture_output=True, text=True, check=True).stdout.strip())
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        source, theirs, ours = (os.path.join(folder, f"{n}.tif") for n in ("source", "theirs", "ours"))
        for dtype, base in (("uint16", 20000), ("int16", 0)):
            rows, cols = np.mgrid[0:args.side, 0:args.side]
            pixels = (np.sin(rows / 37.0) + np.cos(cols / 53.0)) * 8000 + base
            pixels += np.random.default_rng(1).integers(0, 4096, pixels.shape)
            with rasterio.open(source, "w", driver="GTiff", width=args.side, height=args.side, count=1, dtype=dtype,
                               crs="EPSG:32631", transform=from_origin(500000, 5000000, 10, 10), tiled=True) as f:
                f.write(pixels.astype(dtype), 1)
            del pixels
            for method in ("near", "bilinear", "cubic"):
                for positions, gdal, flags in (("default", ["-et", "0"], []), ("exact", ["-et", "0"], ["--exact"]),
                                               ("approximate", [], ["--gdal-approx", "0.125"])):
                    subprocess.run(["gdalwarp", "-q", "-overwrite", "-t_srs", "EPSG:3857", "-r", method, *gdal,
                                    "-multi", "-wo", "NUM_THREADS=2", source, theirs], check=True)
                    subprocess.run([args.mucho, "warp", source, ours, "--crs", "EPSG:3857", "-q", "--plain", "-c", "none",
                                    "-r", "nearest" if method == "near" else method, *flags], check=True)
                    with rasterio.open(theirs) as g, rasterio.open(ours) as o:
                        same_grid = g.shape == o.shape and g.transform.almost_equals(o.transform, 1e-6)
                        gap = np.abs(g.read(1).astype("i4") - o.read(1)) if same_grid else np.array([-1])
                    differ = int((gap != 0).sum())
                    good = same_grid and differ * 1e6 <= PER_MILLION * gap.size and gap.max() <= 1
                    failed += not good
                    print(f"{dtype} {method:8} {positions:11}: {differ} of {g.width} x {g.height} samples differ, "
                          f"by {gap.max()} at most{'' if good else '  FAILED'}", flush=True)
    return 1 if failed else 0


sys.exit(main())
