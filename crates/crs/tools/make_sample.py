"""Writes ../tests/sample.tsv: one projected system for every method, every base system and every unit, with what PROJ makes
of a point: projection alone, EPSG:4326 to it, and PROJ's own way back.

    venv/bin/pip install pyproj==3.7.2
    venv/bin/python crates/crs/tools/make_sample.py

Columns: code, base code, base longitude and latitude (own unit), x, y; longitude and latitude in EPSG:4326, x, y; and the
longitude and latitude that PROJ gives back for those. Without grids, axes in the order of maps.
"""
import math, os, warnings

from pyproj import CRS, Transformer, network
from pyproj.database import query_crs_info
from pyproj.enums import PJType

warnings.filterwarnings("ignore")
network.set_network_enabled(False)
seen, rows = set(), []
for info in query_crs_info(auth_name="EPSG", pj_types=[PJType.PROJECTED_CRS], allow_deprecated=True):
    if int(info.code) > 65535:
        continue
    crs = CRS.from_epsg(info.code)
    base, area = crs.geodetic_crs, crs.area_of_use
    base_code = base.to_epsg() or base.to_json_dict().get("id", {}).get("code")
    unit = crs.axis_info[0]
    keys = {("method", crs.coordinate_operation.method_name, unit.direction), ("base", base_code), ("unit", unit.unit_name)}
    if not area or not base_code or keys <= seen:
        continue
    w, e = area.west, area.east + (360 if area.west > area.east else 0)
    lon, lat = round((w + (e - w) * 0.4 + 180) % 360 - 180, 5), round(area.south + (area.north - area.south) * 0.6, 5)
    try:
        maths = Transformer.from_crs(base, crs, always_xy=True)
        datum = Transformer.from_crs(4326, crs, always_xy=True)
    except Exception:
        continue
    pm, scale = base.prime_meridian, base.axis_info[0].unit_conversion_factor
    own = round(math.radians(lon) / scale - pm.longitude * pm.unit_conversion_factor / scale, 6), round(math.radians(lat) / scale, 6)
    x, y = maths.transform(*own)
    u, v = datum.transform(lon, lat)
    back = Transformer.from_crs(crs, 4326, always_xy=True).transform(u, v)
    if not all(map(math.isfinite, (x, y, u, v, *back))):
        continue
    seen |= keys
    numbers = [f"{own[0]:.6f}", f"{own[1]:.6f}", f"{x:.5f}", f"{y:.5f}", f"{lon:.5f}", f"{lat:.5f}", f"{u:.5f}", f"{v:.5f}", f"{back[0]:.9f}", f"{back[1]:.9f}"]
    rows.append("\t".join([info.code, str(base_code), *numbers]))
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/sample.tsv")
open(path, "w").write("\n".join(rows) + "\n")
print(len(rows), "systems,", len({k for k in seen if k[0] == "method"}), "methods and directions,", len({k for k in seen if k[0] == "base"}), "base systems")
