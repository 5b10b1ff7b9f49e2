#!/usr/bin/env python3
"""JPEG beside GDAL's COG driver: quality (PSNR, as GDAL decodes both) and bytes at 75, 90 and 100.

    python3 tests/interop/jpeg_beside_gdal.py --mucho target/release/mucho FILE...

Files of one or three bands of bytes (of more, the first three). Exit code 1 when ours is worse or larger. Needs numpy and rasterio.
"""
import argparse, os, subprocess, sys, tempfile, warnings


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--mucho", default="target/release/mucho")
    p.add_argument("files", nargs="+")
    args = p.parse_args()
    try:
        import numpy as np, rasterio, rasterio.shutil
    except ImportError as e:
        sys.exit(f"not installed: {e.name}")
    warnings.filterwarnings("ignore")
    worse = 0
    print("| file | bands | quality | PSNR GDAL | ours | bytes GDAL | ours | |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        src, ours, theirs = (os.path.join(folder, n) for n in ("in.tif", "ours.tif", "gdal.tif"))
        for path in args.files:
            with rasterio.open(path) as d:
                if d.dtypes[0] != "uint8":
                    continue
                a = d.read()
            a = a[:3] if len(a) >= 3 else a[:1]
            with rasterio.open(src, "w", driver="GTiff", count=len(a), height=a.shape[1], width=a.shape[2], dtype="uint8",
                               photometric="RGB" if len(a) == 3 else "MINISBLACK") as d:
                d.write(a)
            for quality in (75, 90, 100):
                rasterio.shutil.copy(src, theirs, driver="COG", compress="JPEG", quality=quality, overviews="NONE")
                subprocess.run([args.mucho, "cog", src, ours, "-c", "jpeg", "--quality", str(quality), "--overviews", "none"], check=True)
                sizes, psnr = [], []
                for made in (theirs, ours):
                    sizes.append(os.path.getsize(made))
                    with rasterio.open(made) as d:
                        error = ((d.read().astype(float) - a) ** 2).mean()
                    psnr.append(10 * np.log10(255**2 / max(error, 1e-9)))
                # A hundredth of a decibel is what rounding in the transforms makes of the same picture.
                bad = psnr[1] < psnr[0] - 0.01 or sizes[1] > sizes[0]
                worse += bad
                print(f"| {os.path.basename(path)} | {len(a)} | {quality} | {psnr[0]:.3f} | {psnr[1]:.3f} | {sizes[0]} | {sizes[1]} | "
                      f"{100 * (sizes[1] / sizes[0] - 1):+.2f} %{' WORSE' if bad else ''} |", flush=True)
    print(f"{worse} worse")
    sys.exit(worse > 0)


if __name__ == "__main__":
    main()
