"""GeoKeys that we write, read by GDAL (rasterio): every EPSG projected, geographic and compound system (every STEP-th), and
user-defined ones of every method. Prints what differs and a count; exit code 1 if more than 1 % differ.

    venv/bin/pip install rasterio pyproj
    venv/bin/python crates/crs/tools/check_geokeys.py [STEP]
"""
import json, logging, struct, subprocess, sys
from pathlib import Path

try:
    import rasterio
    from rasterio.crs import CRS
    from rasterio.io import MemoryFile
    from pyproj import CRS as PCRS
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType
except ImportError as error:
    sys.exit(f"{error.name} is not installed: nothing to check with")
logging.disable(logging.CRITICAL)
ROOT = Path(__file__).resolve().parents[3]
USER = """+proj=tmerc +lat_0=10 +lon_0=20 +k=0.9997 +x_0=300000 +y_0=-5000|+proj=merc +lon_0=110 +k=0.997 +x_0=3900000 +y_0=900000
+proj=merc +lat_ts=42 +lon_0=51 +x_0=100 +y_0=200|+proj=lcc +lat_1=30 +lat_2=50 +lat_0=40 +lon_0=-96 +x_0=100 +y_0=200
+proj=lcc +lat_1=46.5 +lat_0=46.5 +lon_0=0 +k_0=0.99987742 +x_0=600000 +y_0=2200000|+proj=laea +lat_0=52 +lon_0=10 +x_0=4321000 +y_0=3210001
+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +x_0=1 +y_0=2|+proj=aeqd +lat_0=53 +lon_0=24 +x_0=5837287 +y_0=2121415
+proj=eqdc +lat_1=20 +lat_2=60 +lat_0=40 +lon_0=-96 +x_0=3 +y_0=4|+proj=stere +lat_0=47 +lon_0=7 +k=0.9999 +x_0=5 +y_0=6
+proj=stere +lat_0=90 +lon_0=-45 +k=0.995 +x_0=2000000 +y_0=2000000|+proj=stere +lat_0=-90 +lat_ts=-72 +lon_0=0 +x_0=0 +y_0=0
+proj=sterea +lat_0=52.1 +lon_0=5.4 +k=0.9999079 +x_0=155000 +y_0=463000|+proj=eqc +lat_ts=30 +lat_0=0 +lon_0=10 +x_0=7 +y_0=8
+proj=cass +lat_0=10.5 +lon_0=-61.25 +x_0=86501 +y_0=65379|+proj=gnom +lat_0=40 +lon_0=10 +x_0=1 +y_0=2|+proj=mill +lon_0=10 +x_0=1 +y_0=2
+proj=ortho +lat_0=40 +lon_0=10 +x_0=1 +y_0=2|+proj=poly +lat_0=0 +lon_0=-54 +x_0=5000001 +y_0=10000000|+proj=robin +lon_0=10 +x_0=1 +y_0=2
+proj=sinu +lon_0=10 +x_0=1 +y_0=2|+proj=vandg +lon_0=10 +x_0=1 +y_0=2|+proj=cea +lat_ts=30 +lon_0=10 +x_0=1 +y_0=2
+proj=omerc +lat_0=4 +lonc=102.25 +alpha=323.025796388889 +gamma=323.130102222222 +k=0.99984 +x_0=804671 +y_0=0
+proj=omerc +no_uoff +lat_0=45.3 +lonc=-86 +alpha=337.25556 +gamma=337.25556 +k=0.9996 +x_0=2546731.496 +y_0=-4354009.816
+proj=moll +lon_0=10""".replace("\n", "|").split("|")


def tiff(record):
    """A little-endian TIFF of 2 x 2 bytes with these keys."""
    shorts, doubles, ascii_, count = [], [], "", 0
    for key, value in sorted(record["keys"].items(), key=lambda kv: int(kv[0])):
        count += 1
        if isinstance(value, int):
            shorts += [int(key), 0, 1, value]
        elif isinstance(value, list):
            shorts += [int(key), 34736, len(value), len(doubles)]
            doubles += value
        else:
            shorts += [int(key), 34737, len(value.encode()) + 1, len(ascii_.encode())]
            ascii_ += value + "|"
    shorts = [*record["version"], count, *shorts]
    data = {256: (3, [2]), 257: (3, [2]), 258: (3, [8]), 259: (3, [1]), 262: (3, [1]), 273: (4, [8]), 277: (3, [1]), 278: (3, [2]),
            279: (4, [4]), 33550: (12, [1.0, 1.0, 0.0]), 33922: (12, [0.0] * 6), 34735: (3, shorts)}
    if doubles:
        data[34736] = (12, doubles)
    if ascii_:
        data[34737] = (2, ascii_.encode() + b"\0")
    extra, entries, base = b"", b"", 12 + 2 + 12 * len(data) + 4
    for tag in sorted(data):
        kind, values = data[tag]
        raw = values if kind == 2 else struct.pack("<%d%s" % (len(values), {3: "H", 4: "I", 12: "d"}[kind]), *values)
        if len(raw) <= 4:
            field = raw.ljust(4, b"\0")
        else:
            extra += b"\0" * (len(extra) % 2)
            field = struct.pack("<I", base + len(extra))
            extra += raw
        entries += struct.pack("<HHI", tag, kind, len(values)) + field
    return b"II*\0" + struct.pack("<I", 12) + b"\0" * 4 + struct.pack("<H", len(data)) + entries + b"\0" * 4 + extra


def main():
    step = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    types = [PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS, PJType.GEOGRAPHIC_3D_CRS, PJType.COMPOUND_CRS]
    codes = sorted({int(i.code) for t in types for i in query_crs_info(auth_name="EPSG", pj_types=[t], allow_deprecated=False) if int(i.code) < 32767})[::step]
    user = [p + e + u + " +no_defs +type=crs" for p in USER for e in (" +datum=WGS84", " +a=6378000 +rf=299") for u in (" +units=m", " +units=us-ft")]
    lines = [f"EPSG:{c}" for c in codes] + user
    run = subprocess.run(["cargo", "run", "--quiet", "--release", "-p", "crs", "--example", "geokeys"], cwd=ROOT, input="\n".join(lines), capture_output=True, text=True, check=True)
    bad = none = 0
    for line, out in zip(lines, run.stdout.splitlines()):
        record = json.loads(out)
        if record is None:
            none += 1
            continue
        with MemoryFile(tiff(record)) as memory, memory.open() as dataset:
            back = dataset.crs
        want = CRS.from_string(line)
        if back != want:
            # GDAL's comparison minds names; PROJ's need not
            a, b = PCRS.from_wkt(back.to_wkt()) if back else None, PCRS.from_user_input(line)
            same = a is not None and (a.equals(b, ignore_axis_order=True) or back.to_epsg() and f"EPSG:{back.to_epsg()}" == line or PCRS.from_wkt(want.to_wkt()).equals(a, ignore_axis_order=True))
            if not same:
                bad += 1
                print(line, "is read as", back.to_wkt()[:200] if back else None)
    print(f"{len(lines) - bad - none} of {len(lines)} systems are read by GDAL {rasterio.__gdal_version__} as meant; {none} cannot be written")
    sys.exit(bad > 0.01 * len(lines))


main()
