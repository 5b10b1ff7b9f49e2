#!/usr/bin/env python3
"""`mucho edit` on files that GDAL made, read back by GDAL: every field, every layout, pixels and other pages untouched.

    python3 tests/interop/edits.py target/release/mucho

Needs rasterio and numpy; exits with 77 when they are missing.
"""
import os, subprocess, sys, tempfile
try:
    import numpy as np, rasterio, rasterio.shutil, warnings
    from rasterio.enums import Resampling
    from rasterio.transform import Affine
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
warnings.simplefilter("ignore")
LAYOUTS = {
    "strips": dict(), "tiled": dict(tiled=True, blockxsize=16, blockysize=16, compress="deflate"), "big": dict(BIGTIFF="YES"),
    "motorola": dict(ENDIANNESS="BIG"), "big motorola": dict(ENDIANNESS="BIG", BIGTIFF="YES", tiled=True, blockxsize=16, blockysize=16),
    "planes": dict(count=3, interleave="band"), "pixels": dict(count=3, interleave="pixel"), "lzw": dict(compress="lzw", predictor=2, dtype="uint16"),
    "floats": dict(dtype="float32", compress="zstd", predictor=3), "cog": dict(driver="COG", blocksize=128), "overviews": dict(tiled=True, blockxsize=16, blockysize=16),
    "rgba": dict(count=4, photometric="RGB", alpha="YES"), "point": dict(), "gcps": dict(),
}
EDITS = {
    "crs": (["--crs", "EPSG:3035"], lambda d: d.crs and d.crs.to_epsg() == 3035 or d.gcps[1] and d.gcps[1].to_epsg() == 3035),
    "transform": (["--transform", "5,2,0.5,7,0.25,-2"], lambda d: d.transform.to_gdal() == (5, 2, 0.5, 7, 0.25, -2)),
    "bounds": (["--bounds", "0,0,200,150"], lambda d: tuple(d.bounds) == (0, 0, 200, 150)),
    "nodata": (["--nodata", "7"], lambda d: set(d.nodatavals) == {7.0}),
    "scale": (["--scale", "0.1", "--offset=-3"], lambda d: set(d.scales) == {0.1} and set(d.offsets) == {-3.0}),
    "unit": (["--unit", "km"], lambda d: set(d.units) == {"km"}),
    "description": (["--description", "1=a <b> & \"c\""], lambda d: d.descriptions[0] == 'a <b> & "c"'),
    "metadata": (["--metadata", "A=b c", "--metadata", "TIFFTAG_SOFTWARE=mucho"], lambda d: d.tags()["A"] == "b c" and d.tags()["TIFFTAG_SOFTWARE"] == "mucho"),
    "unset crs": (["--unset", "crs"], lambda d: not d.crs or not d.crs.to_epsg()),
    "unset metadata": (["--unset", "metadata"], lambda d: "KEPT" not in d.tags()),
    "unset statistics": (["--unset", "statistics"], lambda d: "STATISTICS_MEAN" not in d.tags(1)),
    "nodata none": (["--nodata", "none"], lambda d: set(d.nodatavals) == {None}),
}


def pixels(path):
    out = []
    with rasterio.open(path) as d:
        out.append(d.read())
        for level in range(len(d.overviews(1))):
            with rasterio.open(path, overview_level=level) as o:
                out.append(o.read())
    return out


def facts(d):
    return dict(crs=d.crs and d.crs.to_wkt(), transform=d.transform.to_gdal(), nodata=d.nodatavals, scales=d.scales, offsets=d.offsets,
                units=d.units, descriptions=d.descriptions, color=d.colorinterp, tags={k: v for k, v in d.tags().items()}, tags1=d.tags(1),
                flags=d.mask_flag_enums, gcps=[(g.row, g.col, g.x, g.y) for g in d.gcps[0]], profile=(d.width, d.height, d.count, d.dtypes))


# What goes along with a field.
ALONG = {"crs": {"crs"}, "transform": {"transform", "gcps", "crs"}, "bounds": {"transform", "gcps", "crs"}, "nodata": {"nodata", "flags", "tags1"},
         "scale": {"scales", "offsets", "tags1"}, "unit": {"units"}, "description": {"descriptions"}, "metadata": {"tags"}, "unset crs": {"crs"},
         "unset metadata": {"tags"}, "unset statistics": {"tags1"}, "nodata none": {"nodata", "flags", "tags1"}}
wrong = tried = 0
with tempfile.TemporaryDirectory() as folder:
    for layout, how in LAYOUTS.items():
        for name, (flags, right) in EDITS.items():
            path = os.path.join(folder, "a.tif")
            for old in os.listdir(folder):
                os.remove(os.path.join(folder, old))
            profile = {**dict(driver="GTiff", width=100, height=75, count=1, dtype="uint8", crs="EPSG:32632", transform=Affine(10, 0, 1000, 0, -10, 2000)), **how}
            if layout == "gcps":
                from rasterio.control import GroundControlPoint as G
                profile.pop("transform")
                profile["gcps"] = [G(0, 0, 1, 2), G(0, 100, 11, 2), G(75, 0, 1, 9)]
            data = (np.arange(profile["count"] * 7500) % 251).astype(profile["dtype"]).reshape(-1, 75, 100)
            cog = profile["driver"] == "COG"
            with rasterio.open(path + "x" if cog else path, "w", **{**profile, "driver": "GTiff"} if cog else profile) as d:
                d.write(data)
                d.update_tags(KEPT="x")
                d.update_tags(1, STATISTICS_MEAN="3")
                if layout == "point":
                    d.update_tags(AREA_OR_POINT="Point")
            if cog:
                rasterio.shutil.copy(path + "x", path, driver="COG", BLOCKSIZE=128, OVERVIEWS="AUTO")
                os.remove(path + "x")
            if layout == "overviews":
                with rasterio.open(path, "r+") as d:
                    d.build_overviews([2, 4], Resampling.nearest)
            before = pixels(path)
            with rasterio.open(path) as d:
                said = facts(d)
            tried += 1
            for again in range(2):
                run = subprocess.run([sys.argv[1], "edit", path, *flags], capture_output=True, text=True)
            with rasterio.open(path) as d:
                told, now, ok = run.returncode == 0, facts(d), bool(right(d))
            same = all(np.array_equal(a, b) for a, b in zip(before, pixels(path))) and len(before) == len(pixels(path))
            others = {k for k in said if said[k] != now[k] and str(said[k]) != str(now[k])} - ALONG[name]
            if not (told and ok and same and not others):
                wrong += 1
                print(f"{layout}, {name}: rc {run.returncode}, right {ok}, pixels {same}, others {[(k, said[k], now[k]) for k in others]} {run.stderr.strip()}")
print(f"{tried - wrong} of {tried} as meant, read by GDAL {rasterio.__gdal_version__}")
sys.exit(bool(wrong))
