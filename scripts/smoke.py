#!/usr/bin/env python3
"""Runs the same `mucho` commands with several builds and compares everything that comes out, byte for byte.

    scripts/smoke.py REFERENCE CANDIDATE...

Each is a command, and may name a runner: `scripts/smoke.py target/release/mucho "qemu-aarch64-static static/mucho"`.
Compared are the exit codes, the standard output and every file written.
"""

import concurrent.futures
import hashlib
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
# An error message ends with the system's own words, which differ between C libraries; the exit code does not.
COMMANDS = """
info landcover.tif
info elevation.tif --json
info aerial.tif --json
windows landcover.tif --tile 256x256 --overlap 16
sample landcover.tif 504505 5166495
validate landcover.tif

convert landcover.tif lzw.tif --compress lzw --plain
convert landcover.tif strips.tif --compress deflate --predictor 2
convert elevation.tif floats.tif --compress deflate --predictor 3
convert elevation.tif lerc.tif --compress lerc
convert aerial.tif big.tif --compress packbits --plain
convert aerial.tif webp.tif --compress webp

cog landcover.tif mode.tif --overview-resampling mode
cog landcover.tif zstd.tif --compress zstd --level 9
cog landcover.tif one.tif --threads 1
cog aerial.tif jpeg.tif --compress jpeg --quality 85
cog aerial.tif lanczos.tif --overview-resampling lanczos
cog elevation.tif gauss.tif --overview-resampling gauss --compress lzw
cog elevation.tif cubic.tif --overview-resampling cubic --compress lzma
validate mode.tif jpeg.tif
validate --strict --json zstd.tif cubic.tif
overviews lzw.tif

warp landcover.tif nearest.tif --crs EPSG:3857
warp elevation.tif bilinear.tif --crs EPSG:4326 --resampling bilinear
warp elevation.tif cubic_laea.tif --crs EPSG:3035 --resampling cubic
warp elevation.tif lanczos_lcc.tif --crs EPSG:2154 --resampling lanczos
warp elevation.tif average.tif --crs EPSG:3857 --res 50 --resampling average
warp aerial.tif stereographic.tif --crs EPSG:3413 --resampling cubic_spline
coregister --like landcover.tif elevation.tif heights.tif --resampling cubic
clip landcover.tif centre.tif --bounds 503000,5165000,506000,5168000
merge centre.tif landcover.tif mosaic.tif
transform --from EPSG:4326 --to EPSG:32632 9.05 46.65
transform --from EPSG:4326 --to EPSG:2056 9.05 46.65
transform --from EPSG:32632 --to EPSG:3035 504505 5166495
crs landcover.tif

entropy landcover.tif entropy.tif --sigma 10 --dtype f32
entropy landcover.tif entropy_u8.tif --sigma 3
entropy landcover.tif renyi.tif --sigma 5 --dtype f32 --measure renyi --order 2.5
entropy landcover.tif hill.tif --sigma 5 --dtype f32 --measure hill --order 0.5
entropy landcover.tif evenness.tif --sigma 5 --dtype f32 --measure evenness
gaussian elevation.tif smooth.tif --sigma 100m
gaussian elevation.tif smooth_f64.tif --sigma 4 --dtype f64
extract landcover.tif shares.tif --sigma 5 --categories 10,40,20+30 --dtype f32
interaction landcover.tif edge.tif --categories 10,40 --sigma 10
focal landcover.tif clean.tif majority --radius 2
focal elevation.tif slope.tif slope
focal elevation.tif aspect.tif aspect
focal elevation.tif hillshade.tif hillshade
calc "where(A == 40, 1, 0)" A=landcover.tif crops.tif
calc "sqrt(A) * log(A + 1) + sin(A / 100) ** 2" A=elevation.tif formula.tif
preview elevation.tif relief.png --colormap terrain --hillshade
"""


def commands() -> list[list[str]]:
    listed = [shlex.split(line) for line in COMMANDS.splitlines() if line]
    stored = sorted((FIXTURES / "valid").glob("*.tif"))
    damaged = sorted((FIXTURES / "malformed").glob("*/*.tif"))
    return listed + [["dump", f"{path.parent.name}/{path.name}"] for path in stored + damaged]


def results(program: str) -> dict[str, str]:
    """What every command gave, by command and by file written."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in [*FIXTURES.glob("*.tif"), *FIXTURES.glob("*/*.tif"), *FIXTURES.glob("*/*/*.tif")]:
            place = pathlib.Path(folder, path.name if path.parent == FIXTURES else f"{path.parent.name}/{path.name}")
            place.parent.mkdir(exist_ok=True)
            shutil.copy(path, place)
        before = stamps(folder)
        for words in commands():
            quiet = [] if words[0] in ("dump", "sample", "windows") else ["--quiet"]
            run = subprocess.run([*shlex.split(program), *words, *quiet], cwd=folder, capture_output=True, timeout=600)
            name = shlex.join(words)
            found[name] = f"exit {run.returncode}, output {digest(run.stdout)}"
            if run.returncode not in (0, 3, 4, 5):
                raise RuntimeError(f"{program} {name}: exit {run.returncode}\n{run.stderr.decode(errors='replace')}")
            after = stamps(folder)
            for path in sorted(after.keys() - before.keys() | {p for p in before if after.get(p) != before[p]}):
                found[f"{name} -> {path}"] = digest(pathlib.Path(folder, path).read_bytes())
            before = after
    return found


def level(program: str) -> str:
    """The vector instructions that this build chose, as `mucho --version` says."""
    said = subprocess.run([*shlex.split(program), "--version"], check=True, capture_output=True, text=True).stdout
    return said.splitlines()[-1]


def stamps(folder: str) -> dict[str, tuple[int, int]]:
    root = pathlib.Path(folder)
    return {str(p.relative_to(root)): (p.stat().st_mtime_ns, p.stat().st_size) for p in root.rglob("*") if p.is_file()}


def digest(data: bytes) -> str:
    return f"{len(data)} bytes {hashlib.sha256(data).hexdigest()[:16]}"


def main() -> None:
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    # The commands run in folders of their own.
    absolute = lambda word: str(pathlib.Path(word).resolve()) if pathlib.Path(word).is_file() else word
    reference, *candidates = (shlex.join(map(absolute, shlex.split(program))) for program in sys.argv[1:])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        expected, *others = pool.map(results, [reference, *candidates])
    failed = False
    for candidate, found in zip(candidates, others):
        different = [key for key in expected | found if expected.get(key) != found.get(key)]
        for key in different:
            print(f"{candidate}: {key}: {found.get(key)}, reference: {expected.get(key)}")
        failed |= bool(different)
        print(f"{candidate} ({level(candidate)}): {len(expected) - len(different)} of {len(expected)} results equal")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
