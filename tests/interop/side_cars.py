#!/usr/bin/env python3
"""Files beside rasters (.aux.xml, .msk, .ovr, world files): what GDAL makes of them, and mucho.

    python3 tests/interop/side_cars.py make fixtures/side_cars     rasters with side cars, and GDAL's answers (expected.json)
    python3 tests/interop/side_cars.py check target/release/mucho  the same in a scratch folder, compared with `mucho info --json`

Needs rasterio (1.4.4 with GDAL 3.10.3 made the stored answers), numpy and tifffile; exits with 77 when they are missing.
"""
import hashlib, json, os, subprocess, sys, tempfile
try:
    import numpy as np, rasterio, tifffile, warnings
    from rasterio.control import GroundControlPoint
    from rasterio.transform import Affine
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)
warnings.simplefilter("ignore")

# Where mucho does something else, and why.
DIFFERENT = {
    "aux_declaration": "GDAL 3.10 reads nothing behind <?xml ...?>; it is a well-formed file, so it is read",
    "aux_comment": "the same with a comment before the first element",
    "aux_junk_srs": "a coordinate system that is not understood leaves that of the file, with a warning; GDAL drops both",
    "aux_nodata_word": "'abc' is no number: warning; GDAL takes 0",
    "aux_transform_nan": "a transform with NaN is none: warning, that of the file stays",
    "aux_points_and_transform": "transform and system of the file stay beside the control points; GDAL shows the system of these only",
    "aux_transform_and_points": "a transform says more than control points: these go and their system is the raster's; GDAL keeps both, without a system of the raster",
    "world_and_aux_points": "the same",
    "aux_colors_band2": "TIFF has a colour table for band 1 only; left out with a warning",
    "msk_smaller": "a mask of another size is left out with a warning; GDAL fails when it is read",
    "ovr_type": "an overview of another type is none: left out with a warning",
    "ovr_bands": "the same for other bands",
    "ovr_larger": "the same for a larger size",
    "ovr_same": "an overview of the size of the raster is none",
    "ovr_unsorted": "largest first",
    "gdx_points_without_dpi": "points that cannot be placed do not take the coordinate system along, with a warning",
    "tab": "MapInfo's tables are not read; a warning says so",
}
T = Affine(10, 0, 1000, 0, -10, 2000)
T2 = "500, 5,0,600, 0,-5"
WORLD = "2\n0\n0\n-2\n101\n199\n"
SRS = "<SRS>EPSG:4326</SRS>"
UTM = 'PROJCS["WGS_1984_UTM_Zone_33N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",15.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
POINTS = '<GCPList Projection="EPSG:4326"><GCP Id="1" Info="a" Pixel="1" Line="2" X="3" Y="4" Z="5"/><GCP Id="2" Pixel="10" Line="2" X="30" Y="4"/><GCP Id="3" Pixel="10" Line="9" X="30" Y="40"/></GCPList>'


def aux(text):
    return f"<PAMDataset>{text}</PAMDataset>"


def band(text, number=1):
    return f'<PAMRasterBand band="{number}">{text}</PAMRasterBand>'


def esri(inner):
    return ('<GeodataXform xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:typens="http://www.esri.com/schemas/ArcGIS/10.1" '
            'xsi:type="typens:PolynomialXform"><PolynomialOrder>1</PolynomialOrder><SpatialReference '
            f'xsi:type="typens:ProjectedCoordinateSystem"><WKT>{UTM}</WKT></SpatialReference>{inner}</GeodataXform>')


def numbers(name, values):
    return f"<{name}>" + "".join(f"<Double>{v}</Double>" for v in values) + f"</{name}>"


PAIRS = numbers("SourceGCPs", [1, -2, 3, -4, 5, -5]) + numbers("TargetGCPs", [100, 200, 300, 400, 350, 450])
AFFINE = numbers("CoeffX", [100, 2, 0.25]) + numbers("CoeffY", [200, 0.5, 2])
INSIDE = '<Metadata domain="xml:ESRI" format="xml">%s</Metadata>'
PLACED = dict(transform=T, crs="EPSG:32633")
GCPS = dict(gcps=[GroundControlPoint(0, 0, 1, 1, 0), GroundControlPoint(5, 5, 2, 2, 0), GroundControlPoint(0, 5, 2, 1, 0)], crs="EPSG:32633")
FLAG = {"INTERNAL_MASK_FLAGS_1": "2"}


def mask(count=1, flags=FLAG, size=(20, 10), dtype="uint8"):
    def write(path):
        with rasterio.open(path, "w", driver="GTiff", width=size[0], height=size[1], count=count, dtype=dtype) as d:
            a = np.full((count, size[1], size[0]), 255, dtype)
            for b in range(count):
                a[b, :, : size[0] // 2 + b] = 0
            a[0, 0, : 4] = [0, 1, 7, 254]
            d.write(a)
            if flags:
                d.update_tags(**flags)
    return write


def pages(*sizes, dtype="uint8", count=1, flags=None):
    def write(path):
        with tifffile.TiffWriter(path) as t:
            for i, (w, h) in enumerate(sizes):
                shape = (h, w) if count == 1 else (h, w, count)
                a = np.full(shape, i + 1, dtype)
                a[: h // 2] = 0 if flags else a[: h // 2]
                xml = f'<GDALMetadata><Item name="INTERNAL_MASK_FLAGS_1">2</Item></GDALMetadata>'
                t.write(a, subfiletype=1, photometric="minisblack" if count == 1 else "rgb", metadata=None,
                        extratags=[(42112, "s", 0, xml, True)] if flags else [])
    return write


# name: (keywords of the raster, {file beside it: text, or a function that writes it}); * is the name without .tif
CASES = {
    "aux_before_own": (PLACED, {"*.tif.aux.xml": aux(SRS + f"<GeoTransform>{T2}</GeoTransform>")}),
    "aux_srs": (PLACED, {"*.tif.aux.xml": aux(SRS)}),
    "aux_srs_esri": ({}, {"*.tif.aux.xml": aux(f"<SRS>{UTM}</SRS>")}),
    "aux_srs_and_world": ({}, {"*.tif.aux.xml": aux(SRS), "*.tfw": WORLD}),
    "aux_srs_empty": (PLACED, {"*.tif.aux.xml": aux("<SRS></SRS>")}),
    "aux_junk_srs": (PLACED, {"*.tif.aux.xml": aux("<SRS>junk</SRS><GeoTransform>1,2,3</GeoTransform>")}),
    "aux_transform_spaces": (PLACED, {"*.tif.aux.xml": aux("<GeoTransform>  1.0e3, 2 ,0,\n 2000,0,-2  </GeoTransform>")}),
    "aux_transform_nan": (PLACED, {"*.tif.aux.xml": aux("<GeoTransform>nan,1,0,2,0,-1</GeoTransform>")}),
    "aux_declaration": ({}, {"*.tif.aux.xml": '<?xml version="1.0" encoding="UTF-8"?>\n' + aux(SRS)}),
    "aux_comment": ({}, {"*.tif.aux.xml": "<!-- x -->" + aux(SRS)}),
    "aux_bom": ({}, {"*.tif.aux.xml": "\ufeff" + aux(SRS)}),
    "aux_case": ({}, {"*.tif.aux.xml": "<pamdataset><srs>EPSG:4326</srs></pamdataset>"}),
    "aux_namespace": ({}, {"*.tif.aux.xml": '<a:PAMDataset xmlns:a="u"><a:SRS>EPSG:4326</a:SRS></a:PAMDataset>'}),
    "aux_cdata": ({}, {"*.tif.aux.xml": aux("<SRS><![CDATA[EPSG:4326]]></SRS>")}),
    "aux_other_root": ({}, {"*.tif.aux.xml": f"<Foo>{SRS}</Foo>"}),
    "aux_broken": (PLACED, {"*.tif.aux.xml": f"<PAMDataset>{SRS}"}),
    "aux_upper_case": ({}, {"*.tif.AUX.XML": aux(SRS)}),
    "aux_without_tif": ({}, {"*.aux.xml": aux(SRS)}),
    "aux_points": ({}, {"*.tif.aux.xml": aux(POINTS)}),
    "aux_points_and_points": (GCPS, {"*.tif.aux.xml": aux(POINTS)}),
    "aux_points_and_transform": (PLACED, {"*.tif.aux.xml": aux(POINTS)}),
    "aux_transform_and_points": (GCPS, {"*.tif.aux.xml": aux(f"<GeoTransform>{T2}</GeoTransform>")}),
    "aux_srs_and_points": (GCPS, {"*.tif.aux.xml": aux(SRS)}),
    "aux_band": (dict(nodata=7), {"*.tif.aux.xml": aux(band("<NoDataValue>9</NoDataValue><Scale>2</Scale><Offset>1</Offset><UnitType>m</UnitType><Description>dd</Description><ColorInterp>Red</ColorInterp>"))}),
    "aux_nodata_one": (dict(count=3), {"*.tif.aux.xml": aux(band("<NoDataValue>9</NoDataValue>"))}),
    "aux_nodata_second": (dict(count=3, nodata=7), {"*.tif.aux.xml": aux(band("<NoDataValue>9</NoDataValue>", 2))}),
    "aux_nodata_too_large": ({}, {"*.tif.aux.xml": aux(band("<NoDataValue>300</NoDataValue>"))}),
    "aux_nodata_hides": (dict(dtype="uint16", nodata=5), {"*.tif.aux.xml": aux(band("<NoDataValue>-1</NoDataValue>"))}),
    "aux_nodata_nan": (dict(dtype="float32"), {"*.tif.aux.xml": aux(band('<NoDataValue le_hex_equiv="000000000000F87F">nan</NoDataValue>'))}),
    "aux_nodata_hexadecimal": (dict(dtype="float32"), {"*.tif.aux.xml": aux(band('<NoDataValue le_hex_equiv="0000000000002240">0</NoDataValue>'))}),
    "aux_nodata_word": ({}, {"*.tif.aux.xml": aux(band("<NoDataValue>abc</NoDataValue>"))}),
    "aux_nodata_empty": (dict(nodata=5), {"*.tif.aux.xml": aux(band("<NoDataValue></NoDataValue>"))}),
    "aux_scale_alone": (dict(scale=3, offset=4), {"*.tif.aux.xml": aux(band("<Scale>2</Scale>"))}),
    "aux_offset_alone": (dict(scale=3, offset=4), {"*.tif.aux.xml": aux(band("<Offset>9</Offset>"))}),
    "aux_metadata": (dict(tags=dict(K="own", K2="own")), {"*.tif.aux.xml": aux('<Metadata><MDI key="K">aux</MDI><MDI key="M">&lt;1&amp;</MDI></Metadata><Metadata domain="D"><MDI key="a">b</MDI></Metadata><Metadata domain="IMAGE_STRUCTURE"><MDI key="NBITS">3</MDI></Metadata>' + band('<Metadata><MDI key="STATISTICS_MEAN">5</MDI></Metadata>'))}),
    "aux_colors": ({}, {"*.tif.aux.xml": aux(band('<ColorInterp>Palette</ColorInterp><ColorTable><Entry c1="1" c2="2" c3="3" c4="255"/><Entry c1="10" c2="20" c3="30" c4="255"/></ColorTable><CategoryNames><Category>sea</Category><Category>land &amp; ice</Category></CategoryNames><GDALRasterAttributeTable tableType="thematic"><FieldDefn index="0"><Name>Value</Name><Type typeAsString="Integer">0</Type><Usage usageAsString="MinMax">5</Usage></FieldDefn><FieldDefn index="1"><Name>Name</Name><Type typeAsString="String">2</Type><Usage usageAsString="Name">2</Usage></FieldDefn><Row index="0"><F>0</F><F>sea</F></Row><Row index="1"><F>1</F><F>land</F></Row></GDALRasterAttributeTable>'))}),
    "aux_colors_alone": ({}, {"*.tif.aux.xml": aux(band('<ColorTable><Entry c1="1" c2="2" c3="3" c4="255"/></ColorTable>'))}),
    "aux_colors_band2": (dict(count=2), {"*.tif.aux.xml": aux(band('<ColorTable><Entry c1="1" c2="2" c3="3" c4="255"/></ColorTable>', 2))}),
    "aux_alpha": (dict(count=2), {"*.tif.aux.xml": aux(band("<ColorInterp>Alpha</ColorInterp>", 2))}),
    "aux_interp_undefined": (dict(count=3), {"*.tif.aux.xml": aux(band("<ColorInterp>Undefined</ColorInterp>"))}),
    "aux_other_bands": ({}, {"*.tif.aux.xml": aux(band("<Scale>3</Scale>", 2) + "<PAMRasterBand><Scale>3</Scale></PAMRasterBand>")}),
    "gdx_srs": ({}, {"*.tif.aux.xml": aux(INSIDE % esri(""))}),
    "gdx_srs_root": ({}, {"*.tif.aux.xml": esri("")}),
    "gdx_affine": ({}, {"*.tif.aux.xml": aux(INSIDE % esri(AFFINE))}),
    "gdx_affine_root": ({}, {"*.tif.aux.xml": esri(AFFINE)}),
    "gdx_points": (dict(dpi=True), {"*.tif.aux.xml": aux(INSIDE % esri(PAIRS))}),
    "gdx_points_without_dpi": ({}, {"*.tif.aux.xml": aux(INSIDE % esri(PAIRS))}),
    "gdx_and_srs": ({}, {"*.tif.aux.xml": aux(SRS + INSIDE % esri(AFFINE))}),
    "gdx_and_transform": ({}, {"*.tif.aux.xml": aux("<GeoTransform>1,1,0,1,0,-1</GeoTransform>" + INSIDE % esri(AFFINE))}),
    "world_tfw": ({}, {"*.tfw": WORLD}),
    "world_tifw": ({}, {"*.tifw": WORLD}),
    "world_wld": ({}, {"*.wld": WORLD}),
    "world_upper_case": ({}, {"*.TFW": WORLD}),
    "world_title_case": ({}, {"*.Wld": WORLD}),
    "world_first": ({}, {"*.tfw": WORLD, "*.tifw": WORLD.replace("101", "301"), "*.wld": WORLD.replace("101", "401")}),
    "world_after_own": (PLACED, {"*.tfw": WORLD}),
    "world_and_srs": (dict(crs="EPSG:32633"), {"*.tfw": WORLD}),
    "world_before_points": (GCPS, {"*.tfw": WORLD}),
    "world_and_aux_points": ({}, {"*.tfw": WORLD, "*.tif.aux.xml": aux(POINTS)}),
    "world_comma": ({}, {"*.tfw": "2,5\n0\n0\n-2,5\n101,25\n199,75\n"}),
    "world_rotated": ({}, {"*.tfw": "2\n0.5\n0.25\n-2\n101\n199\n"}),
    "world_zero": ({}, {"*.tfw": "0\n0\n0\n-2\n101\n199\n"}),
    "world_remarks": ({}, {"*.tfw": "\n2 x\n0\n\n0\n-2e0\n1.01e2\n199abc\n"}),
    "world_tif_tfw": ({}, {"*.tif.tfw": WORLD}),
    "world_point": (dict(tags=dict(AREA_OR_POINT="Point")), {"*.tfw": WORLD}),
    "prj": ({}, {"*.prj": UTM, "*.tfw": WORLD}),
    "tab": ({}, {"*.tab": '!table\n!version 300\n!charset WindowsLatin1\n\nDefinition Table\n  File "tab.tif"\n  Type "RASTER"\n  (100,200) (0,0) Label "Pt 1",\n  (140,200) (20,0) Label "Pt 2",\n  (140,180) (20,10) Label "Pt 3"\n  CoordSys Earth Projection 8, 104, "m", 15, 0, 0.9996, 500000, 0\n  Units "m"\n'}),
    "esri_xml": ({}, {"*.xml": '<metadata><refSysInfo><RefSystem><refSysID><identCode code="3857"/></refSysID></RefSystem></refSysInfo></metadata>'}),
    "msk": ({}, {"*.tif.msk": mask()}),
    "msk_upper_case": ({}, {"*.tif.MSK": mask()}),
    "msk_without_flags": ({}, {"*.tif.msk": mask(flags=None)}),
    "msk_before_nodata": (dict(nodata=5), {"*.tif.msk": mask()}),
    "msk_one_of_three": (dict(count=3), {"*.tif.msk": mask()}),
    "msk_of_three": (dict(count=3), {"*.tif.msk": mask(flags={f"INTERNAL_MASK_FLAGS_{i}": "2" for i in (1, 2, 3)})}),
    "msk_per_band": (dict(count=3), {"*.tif.msk": mask(3, {f"INTERNAL_MASK_FLAGS_{i}": "0" for i in (1, 2, 3)})}),
    "msk_before_alpha": (dict(count=4, photometric="RGB", alpha="YES"), {"*.tif.msk": mask(flags={f"INTERNAL_MASK_FLAGS_{i}": "2" for i in (1, 2, 3, 4)})}),
    "msk_after_own": (dict(own_mask=True), {"*.tif.msk": mask()}),
    "msk_u16": ({}, {"*.tif.msk": mask(dtype="uint16")}),
    "msk_smaller": ({}, {"*.tif.msk": mask(size=(10, 5))}),
    "msk_junk": ({}, {"*.tif.msk": "junk"}),
    "msk_flags_1": ({}, {"*.tif.msk": mask(flags={"INTERNAL_MASK_FLAGS_1": "1"})}),
    "ovr": ({}, {"*.tif.ovr": pages((10, 5), (5, 3))}),
    "ovr_upper_case": ({}, {"*.tif.OVR": pages((10, 5))}),
    "ovr_without_tif": ({}, {"*.ovr": pages((10, 5))}),
    "ovr_after_own": (dict(overviews=[2]), {"*.tif.ovr": pages((5, 3))}),
    "ovr_type": ({}, {"*.tif.ovr": pages((10, 5), dtype="uint16")}),
    "ovr_bands": ({}, {"*.tif.ovr": pages((10, 5), count=3)}),
    "ovr_larger": ({}, {"*.tif.ovr": pages((40, 20), (10, 5))}),
    "ovr_same": ({}, {"*.tif.ovr": pages((20, 10), (10, 5))}),
    "ovr_unsorted": ({}, {"*.tif.ovr": pages((5, 3), (10, 5))}),
    "ovr_and_masks": ({}, {"*.tif.ovr": pages((10, 5)), "*.tif.msk": mask(), "*.tif.msk.ovr": pages((10, 5), flags=True)}),
    "own_ovr_and_masks": (dict(overviews=[2]), {"*.tif.msk": mask(), "*.tif.msk.ovr": pages((10, 5), flags=True)}),
}


def make(folder):
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
    for name, (how, beside) in CASES.items():
        how = dict(how)
        special = {k: how.pop(k, None) for k in ("tags", "scale", "offset", "dpi", "own_mask", "overviews")}
        path = os.path.join(folder, name + ".tif")
        profile = {**dict(driver="GTiff", width=20, height=10, count=1, dtype="uint8"), **how}
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
            with rasterio.open(path, "w", **profile) as d:
                d.write(np.arange(200 * d.count, dtype=profile["dtype"]).reshape(d.count, 10, 20))
                if special["tags"]:
                    d.update_tags(**special["tags"])
                if special["scale"]:
                    d.scales, d.offsets = [special["scale"]], [special["offset"]]
                if special["dpi"]:
                    d.update_tags(TIFFTAG_XRESOLUTION="72", TIFFTAG_YRESOLUTION="144", TIFFTAG_RESOLUTIONUNIT="2 (pixels/inch)")
                if special["own_mask"]:
                    d.write_mask(np.arange(200).reshape(10, 20) < 3)
            if special["overviews"]:
                with rasterio.open(path, "r+") as d:
                    d.build_overviews(special["overviews"], rasterio.enums.Resampling.nearest)
        if os.path.exists(path + ".aux.xml"):
            os.remove(path + ".aux.xml")
        for to, what in beside.items():
            to = os.path.join(folder, to.replace("*", name))
            if callable(what):
                what(to)
                if os.path.exists(to + ".aux.xml"):
                    os.remove(to + ".aux.xml")
            else:
                with open(to, "w", encoding="utf8", newline="") as f:
                    f.write(what)


def epsg(crs):
    return crs.to_epsg() if crs else None


def gdal(path):
    with rasterio.open(path) as d:
        points, points_crs = d.gcps
        answer = {
            "epsg": epsg(d.crs) or epsg(points_crs),
            "transform": [None if v != v else v for v in d.transform.to_gdal()],
            "gcps": [[g.col, g.row, g.x, g.y, g.z] for g in points],
            "nodata": [None if v is None else str(float(v)) for v in d.nodatavals],
            "scale": list(d.scales), "offset": list(d.offsets), "unit": list(d.units), "description": list(d.descriptions),
            "color": [c.name for c in d.colorinterp],
            "tags": {k: v for k, v in d.tags().items() if k != "AREA_OR_POINT"}, "tags1": d.tags(1),
            "colors": [list(c) for c in d.colormap(1).values()][:4] if d.colorinterp[0].name == "palette" else None,
        }
        try:
            answer["valid"] = [hashlib.sha256((d.read_masks(b) != 0).astype("u1").tobytes()).hexdigest()[:16] for b in d.indexes]
        except rasterio.errors.RasterioIOError:
            answer["valid"] = None
        count = len(d.overviews(1))
    answer["overviews"] = []
    for i in range(count):
        with rasterio.open(path, overview_level=i) as o:
            answer["overviews"].append([o.width, o.height])
    return answer


def mucho(tool, path):
    run = subprocess.run([tool, "info", "--json", path], capture_output=True, text=True)
    if run.returncode:
        return {"error": run.stderr.strip()}
    info = json.loads(run.stdout)
    bands, crs = info["bands"], info["crs"] or info["gcp_crs"] or {}
    number = lambda v: None if v is None else str(float(v))
    return {
        "epsg": crs.get("epsg"), "transform": info["transform"] or [0, 1, 0, 0, 0, 1],
        "gcps": [[g["col"], g["row"], g["x"], g["y"], g["z"]] for g in info["gcps"]],
        "nodata": [number(b["nodata"]) for b in bands], "scale": [b["scale"] for b in bands],
        "offset": [b["offset"] for b in bands], "unit": [b["unit"] for b in bands],
        "description": [b["description"] for b in bands], "color": [b["color"] for b in bands],
        "tags": {k: v for k, v in info["metadata"].get("", {}).items() if k != "AREA_OR_POINT"},
        "tags1": bands[0]["metadata"].get("", {}),
        "colors": bands[0]["color_table"][:4] if bands[0]["color_table"] else None,
        "overviews": [[o["width"], o["height"]] for o in info["overviews"]],
    }


if __name__ == "__main__":
    if sys.argv[1] == "make":
        folder = sys.argv[2]
        os.makedirs(folder, exist_ok=True)
        make(folder)
        answers = {name: gdal(os.path.join(folder, name + ".tif")) for name in CASES}
        with open(os.path.join(folder, "expected.json"), "w") as f:
            f.write("{\n" + ",\n".join(f"{json.dumps(n)}: {json.dumps(a)}" for n, a in answers.items()) + "\n}\n")
        print(f"{len(answers)} cases, GDAL {rasterio.__gdal_version__}")
    else:
        wrong = 0
        with tempfile.TemporaryDirectory() as folder:
            make(folder)
            for name in CASES:
                path = os.path.join(folder, name + ".tif")
                theirs, ours = gdal(path), mucho(sys.argv[2], path)
                differ = [k for k in ours if ours[k] != theirs.get(k)]
                if differ and name not in DIFFERENT:
                    wrong += 1
                    print(f"{name}: " + "; ".join(f"{k} {ours[k]}, GDAL {theirs.get(k)}" for k in differ))
        print(f"{len(CASES) - wrong} of {len(CASES)} as GDAL {rasterio.__gdal_version__} or with a reason")
        sys.exit(bool(wrong))
