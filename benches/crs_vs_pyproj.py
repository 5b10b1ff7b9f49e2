"""Our `crs` beside PROJ (pyproj) in one run: million points a second on one core, both ways, and the ratio.

    python -m venv venv && venv/bin/pip install pyproj numpy
    venv/bin/python benches/crs_vs_pyproj.py            # builds and runs `cargo bench -p mucho-crs`

First 200 points of every case are compared with PROJ (a difference above 1 mm stops the run), then both sides transform
the same 250 000 points per case in arrays; medians of nine runs. PROJ's time is that of pyproj's array interface with
`always_xy`, whose own overhead is below 1 % for arrays of this size.
"""
import subprocess
import sys
import time
from pathlib import Path

try:
    import numpy as np
    import pyproj
    from pyproj import CRS, Transformer
except ImportError as error:
    sys.exit(f"pyproj or numpy is not installed ({error.name}): nothing to compare with")

ROOT = Path(__file__).resolve().parent.parent
BENCH = ["cargo", "bench", "--quiet", "-p", "crs", "--bench", "transform", "--"]
N = 250_000
# name -> (code, west, south, east, north, from EPSG:4326): the cases of crates/crs/benches/transform.rs
BOXES = {
    "UTM 31N": (32631, 0, 0, 6, 84), "web Mercator": (3857, -180, -80, 180, 80), "Mercator A": (3395, -180, -80, 180, 80),
    "LCC 2SP (Europe)": (3034, -10, 35, 40, 70), "LAEA (Europe)": (3035, -10, 35, 40, 70),
    "Albers (CONUS)": (5070, -124, 24, -67, 49), "polar stereo N (NSIDC)": (3413, -180, 60, 180, 90),
    "polar stereo S": (3031, -180, -90, 180, -60), "double stereo (RD)": (28992, 3.2, 50.7, 7.2, 53.6),
    "equidistant cylindrical": (4087, -180, -90, 180, 90), "EASE-Grid 2 global": (6933, -180, -86, 180, 86),
    "Swiss oblique": (2056, 6, 45.8, 10.5, 47.8), "Equal Earth": (8857, -180, -90, 180, 90),
    "Krovak": (5514, 12.1, 48.6, 18.9, 51.1), "NAD27 UTM 15N, datum shift": (26715, -96, 30, -90, 49),
}


def points(w, s, e, n):
    """The same points as the Rust side."""
    i = np.arange(N)
    return w + (e - w) * ((i * 0.7548776662466927 + 0.5) % 1), s + (n - s) * ((i * 0.5698402909980532 + 0.5) % 1)


def base_of(name, code):
    return CRS.from_epsg(4326) if "datum" in name else CRS.from_epsg(code).geodetic_crs


def median(run):
    times = []
    for _ in range(9):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return sorted(times)[4]


def check():
    out = subprocess.run([*BENCH, "--values"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in out.splitlines() if line.count("\t") == 6]
    worst = {}
    for name in BOXES:
        mine = np.array([[float(v) for v in r[3:]] for r in rows if r[0] == name])
        assert len(mine) == 200, f"{name}: the Rust side has no such case"
        code = BOXES[name][0]
        x, y = Transformer.from_crs(base_of(name, code), code, always_xy=True).transform(mine[:, 0], mine[:, 1])
        # a pole has no place on Mercator's map for PROJ or for us
        gap = np.hypot(x - mine[:, 2], y - mine[:, 3])
        worst[name] = float(np.nanmax(np.where(np.isfinite(gap), gap, 0)))
        if worst[name] > 1e-3:
            sys.exit(f"{name}: {worst[name]} m from PROJ {pyproj.proj_version_str}")
    return worst


def ours():
    out = subprocess.run(BENCH, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    table = {}
    for line in out.splitlines():
        name, rest = line[:28].strip(), line[28:].split()
        if name in BOXES and len(rest) == 4:
            table[name] = (float(rest[0]), float(rest[1]), float(rest[3]))
    return table


def main():
    worst = check()
    mine = ours()
    print(f"million points a second, one core, {N} points; PROJ {pyproj.proj_version_str}, pyproj {pyproj.__version__}")
    print(f"{'':28}{'crs':>8}{'PROJ':>8}{'ratio':>7}   {'crs':>8}{'PROJ':>8}{'ratio':>7}   {'difference':>11}{'make us':>9}{'PROJ':>8}")
    for name, (code, *box) in BOXES.items():
        lon, lat = points(*box)
        base = base_of(name, code)
        start = time.perf_counter()
        there = Transformer.from_crs(base, code, always_xy=True)
        make = time.perf_counter() - start
        px, py = there.transform(lon, lat)
        forward = N / median(lambda: there.transform(lon, lat)) / 1e6
        back = Transformer.from_crs(code, base, always_xy=True)
        inverse = N / median(lambda: back.transform(px, py)) / 1e6
        a, b, m = mine[name]
        print(f"{name:28}{a:8.1f}{forward:8.1f}{a / forward:6.1f}x   {b:8.1f}{inverse:8.1f}{b / inverse:6.1f}x   {worst[name]:9.1e} m{m:9.1f}{make * 1e6:8.0f}")


if __name__ == "__main__":
    main()
