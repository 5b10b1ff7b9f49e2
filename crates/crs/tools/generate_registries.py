"""Writes ../src/tables/registries.bin: the systems of Esri and of the IAU (2015), from the proj.db of pyproj.

    python -m venv venv && venv/bin/pip install pyproj==3.7.2
    venv/bin/python crates/crs/tools/generate_registries.py        # a minute

The file is deflated text, a line a system: authority, ":", code, tab, WKT2:2019 without remarks and scopes. Left out are
systems that this crate has no words for: planetocentric latitudes on an ellipsoid.
"""
import os, re, zlib

import pyproj
from pyproj import CRS
from pyproj.database import get_codes
from pyproj.enums import PJType

lines = []
for authority in ("ESRI", "IAU_2015"):
    codes = set()
    for kind in (PJType.PROJECTED_CRS, PJType.GEOGRAPHIC_2D_CRS, PJType.GEOGRAPHIC_3D_CRS):
        codes |= set(get_codes(authority, kind, allow_deprecated=True))
    for code in sorted(codes, key=lambda c: (len(c), c)):
        try:
            crs = CRS.from_authority(authority, code)
        except pyproj.exceptions.CRSError:
            continue
        text = crs.to_wkt("WKT2_2019", pretty=False)
        if "spherical," in text or "TRIAXIAL" in text:
            continue
        text = re.sub(r',REMARK\["[^"]*"\]', "", text)
        text = re.sub(r'SCOPE\["[^"]*"\],', "", text)
        text = re.sub(r',ID\["(ESRI|IAU|IAU_2015)",[0-9]+(,2015)?\]', "", text)
        text = re.sub(r',ANCHOR\["[^"]*"\]|AREA\["[^"]*"\],', "", text)
        # what a reader takes anyway
        text = re.sub(r',LENGTHUNIT\["metre",1(,ID\["EPSG",9001\])?\]|,ANGLEUNIT\["[Dd]egree",0.0174532925199433(,ID\["EPSG",[0-9]+\])?\]', "", text)
        text = re.sub(r'CONVERSION\["[^"]*"', 'CONVERSION[""', text)
        text = re.sub(r'(PARAMETER\["[^]]*),ID\["EPSG",[0-9]+\]', r"\1", text)
        text = re.sub(r',SCALEUNIT\["unity",1(,ID\["EPSG",9201\])?\]', "", text)
        text = re.sub(r',ORDER\[[0-9]\]', "", text)
        text = text.replace('["degree",0.0174532925199433,ID["EPSG",9122]]', '["degree",0.0174532925199433]').replace('["metre",1,ID["EPSG",9001]]', '["metre",1]')
        lines.append(f"{authority}:{code}\t{text}")
raw = "\n".join(lines).encode()
deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
packed = deflate.compress(raw) + deflate.flush()
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/tables/registries.bin")
open(path, "wb").write(packed)
print(len(lines), "systems,", len(raw), "bytes,", len(packed), "deflated")
