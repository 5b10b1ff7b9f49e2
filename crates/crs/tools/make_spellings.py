"""Writes ../tests/spellings.tsv: ways to write a coordinate system, and what PROJ makes of points in EPSG:4326.

    venv/bin/pip install pyproj==3.7.2
    venv/bin/python crates/crs/tools/make_spellings.py

Columns: spelling, then longitude, latitude, x, y of each point (x and y are "-" where PROJ has no answer), or "error" where PROJ
refuses the spelling. Points of "own" spellings are in the geographic system under it. Without grids, axes in the order of maps.
"""
import math, os, warnings

from pyproj import CRS, Transformer, network

warnings.filterwarnings("ignore")
network.set_network_enabled(False)

# around the world, and in Europe
WORLD = [(0, 0), (12, 41), (-75.5, 39.25), (150.25, -33.5), (-170, 65.5), (30, -80.5), (100.125, 12.5), (-45, -60)]
LOCAL = [(9, 50), (12.5, 47.25), (5.75, 52.5), (15, 49.5), (-3, 55)]
PROJ = """
eck1|eck2|eck3|eck4|eck5|eck6|eck4 +lon_0=30|eck6 +lon_0=-90 +x_0=1000 +y_0=-500|wink1|wink1 +lat_ts=40|wink2|wink2 +lat_1=50
wintri|wintri +lat_1=40|wintri +lon_0=150|aitoff|natearth|natearth2|natearth +lon_0=90|goode|goode +lon_0=-160|igh|igh +lon_0=20|igh_o
igh_o +lon_0=-160|hammer|hammer +W=0.25 +M=1|hammer +lon_0=10|gall|gall +lon_0=180|leac +lat_1=40|tpers +h=5500000 +lat_0=40|
tpers +h=5500000 +lat_0=40 +azi=20|tpers +h=35800000 +lat_0=40 +lon_0=10 +azi=20 +tilt=3|nsper +h=3000000 +lat_0=40|nsper +h=40000000 +lat_0=-20 +lon_0=20
patterson|times|comill|crast|loxim +lat_1=40|qua_aut|mbtfpq|wag1|wag2|wag3|wag3 +lat_ts=30|wag4|wag5|wag6|wag7|tcea|tcea +lon_0=10 +k_0=0.999
kav5|kav7|putp1|putp2|putp3|putp3p|putp4p|putp5|putp5p|putp6|putp6p|weren|mbt_s|mbt_fps|mbtfps|mbtfpp|fahey|collg|nell|nell_h|hatano
fouc|fouc_s|fouc_s +n=0.5|gn_sinu +m=2 +n=3|urmfps +n=0.8|cc|boggs|larr|lagrng|lagrng +W=1.5 +lat_1=20|august|denoy
mill|mill +lon_0=100|mill +R=6371000|vandg|vandg +lon_0=10|gnom +lat_0=40 +lon_0=10|gnom +lat_0=90|gnom +lat_0=0|gnom +lat_0=40 +R=6371000
moll|moll +lon_0=150|robin|robin +lon_0=-150|sinu|sinu +lon_0=20|sinu +R=6371007.181|eqearth|eqearth +lon_0=150|eqc|eqc +lat_ts=45|eqc +lat_0=10 +lon_0=20|eqc +R=6371000
cea|cea +lat_ts=30|cea +lat_ts=45 +R=6371228|merc|merc +lat_ts=40|merc +lon_0=180|merc +k=0.99|webmerc|merc +a=6378137 +b=6378137 +nadgrids=@null +wktext
laea|laea +lat_0=52 +lon_0=10|laea +lat_0=90|laea +lat_0=-90 +lon_0=30|laea +R=6371228 +lat_0=90|aeqd|aeqd +lat_0=52 +lon_0=10|aeqd +lat_0=90|aeqd +lat_0=-90
stere +lat_0=90|stere +lat_0=90 +lat_ts=70 +lon_0=-45|stere +lat_0=-90 +lat_ts=-71|stere +lat_0=50 +lon_0=10|stere +lat_0=90 +lat_ts=60 +R=6371229|stere|ups|ups +south
sterea +lat_0=52 +lon_0=5 +k=0.9999|ortho|ortho +lat_0=40 +lon_0=10|ortho +lat_0=90|geos +h=35785831|geos +h=35785831 +lon_0=140.7 +sweep=x|geos +h=35785831 +sweep=y +lon_0=9.5
poly|poly +lat_0=20 +lon_0=-54|bonne +lat_1=45|bonne +lat_1=90|bonne +lat_1=-30|cass|cass +lat_0=40 +lon_0=10|eqdc +lat_1=30 +lat_2=50|aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96
aea +lat_1=30 +lat_2=30|lcc +lat_1=30 +lat_2=60|lcc +lat_1=45|lcc +lat_1=45 +lat_0=45 +k_0=0.999|lcc +lat_1=33 +lat_2=45 +lat_0=23 +lon_0=-96 +units=us-ft|lcc +lat_1=25 +lat_2=25 +lat_0=25 +lon_0=-95 +R=6371229
krovak|krovak +ellps=bessel|krovak +ellps=bessel +lat_0=49.5 +lon_0=24.83333333333333 +alpha=30.28813972222222 +k=0.9999|nzmg|nzmg +ellps=intl|nzmg +lon_0=173 +datum=nzgd49
tmerc|tmerc +lon_0=9 +k=0.9996 +x_0=500000|tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +ellps=airy|etmerc +lon_0=10|utm +zone=32|utm +zone=33 +south|utm +zone=32 +units=km|utm +lon_0=9
somerc +lat_0=46.95 +lon_0=7.44 +ellps=bessel|omerc +lat_0=40 +lonc=10 +alpha=30|omerc +lat_0=40 +lonc=10 +alpha=30 +gamma=20|omerc +lat_0=4 +lonc=115 +alpha=53.3 +no_uoff
labrd +lat_0=-18.9 +lon_0=46.44 +azi=18.9 +k_0=0.9995|longlat|longlat +pm=paris|longlat +pm=-17.5|longlat +ellps=bessel|latlong +ellps=GRS80|longlat +a=6371229 +b=6371229|longlat +R=6371229
lonlat +datum=NAD27|latlon +datum=NAD83|longlat +datum=OSGB36|longlat +datum=potsdam|longlat +datum=nzgd49|longlat +datum=ire65|longlat +datum=carthage|longlat +datum=hermannskogel|longlat +datum=GGRS87
longlat +ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7|longlat +ellps=intl +towgs84=-87,-98,-121|longlat +ellps=bessel +nadgrids=@missing.gsb|longlat +ellps=bessel +nadgrids=missing.gsb|longlat +nadgrids=@null +ellps=WGS84
tmerc +lon_0=9 +x_0=3500000 +ellps=bessel +nadgrids=BETA2007.gsb|tmerc +lon_0=9 +x_0=3500000 +ellps=bessel +nadgrids=@BETA2007.gsb,null|utm +zone=32 +geoidgrids=egm96_15.gtx|utm +zone=32 +geoidgrids=@egm96_15.gtx
ob_tran +o_proj=longlat +o_lat_p=39.25 +o_lon_p=0 +lon_0=18|ob_tran +o_proj=longlat +o_lat_p=39.25 +o_lon_p=0 +lon_0=18 +R=6371229|ob_tran +o_proj=longlat +o_lon_p=-162 +o_lat_p=39.25 +lon_0=180 +to_meter=0.0174532925199433
ob_tran +o_proj=latlon +o_lat_p=43 +o_lon_p=0 +lon_0=10 +a=6367470 +b=6367470|ob_tran +o_proj=longlat +o_lat_p=90 +o_lon_p=0|ob_tran +o_proj=moll +o_lat_p=45 +o_lon_p=-90 +lon_0=10|ob_tran +o_proj=eqc +o_lat_p=30 +o_lon_p=20 +lon_0=-60 +R=6371000
ob_tran +o_proj=merc +o_lat_p=60 +o_lon_p=0|utm +zone=33 +ellps=GRS80 +towgs84=0,0,0,0,0,0,0|utm +zone=18 +datum=NAD27|merc +ellps=clrk66|tmerc +ellps=evrstSS|tmerc +ellps=krass +lon_0=21|tmerc +ellps=MERIT|tmerc +ellps=sphere|tmerc +ellps=hough
sinu +R_A +ellps=WGS84|laea +R_A +lat_0=45|moll +R_V|eqc +R_a|merc +R_g|merc +R_h|moll +R_lat_a=45|moll +R_lat_g=45|utm +zone=32 +axis=neu|tmerc +axis=wsu +lon_0=29|tmerc +axis=swu|utm +zone=32 +units=ft|utm +zone=32 +to_meter=0.3048
longlat +datum=WGS84 +lon_wrap=180|longlat +datum=WGS84 +over|eqc +lon_wrap=180|merc +over|tmerc +lon_0=9d30 +lat_0=45d15'30"N|utm +zone=32 +vunits=ft|utm +zone=32 +datum=WGS84 +no_defs +type=crs|utm +zone=61|nonsense|merc +ellps=nonsense|utm +zone=32 +datum=nonsense|utm +zone=32 +units=nonsense
col_urban +lat_0=4.68 +lon_0=-74.1466 +h_0=2550|mod_krovak +ellps=bessel|cass +hyperbolic +lat_0=-16.25 +lon_0=179.33|aeqd +guam +lat_0=13.47 +lon_0=144.75|gstmerc +lat_0=-21.1 +lon_0=55.5|tpeqd +lat_1=40 +lon_1=0 +lat_2=50 +lon_2=20|ocea +lat_1=0 +lat_2=30 +lon_1=0 +lon_2=40
omerc +lat_0=40 +lat_1=40 +lon_1=0 +lat_2=50 +lon_2=20|lcca +lat_0=40|pconic +lat_1=30 +lat_2=50|euler +lat_1=30 +lat_2=50|murd1 +lat_1=30 +lat_2=50|murd2 +lat_1=30 +lat_2=50|murd3 +lat_1=30 +lat_2=50|tissot +lat_1=30 +lat_2=50|vitk1 +lat_1=30 +lat_2=50|ccon +lat_1=45
airy|airy +lat_b=45|bacon|apian|ortel|lask|rpoly|vandg2|vandg3|vandg4|tobmerc|tcc|nicol|gins8|bertin1953|healpix|rhealpix|qsc|chamb +lat_1=10 +lon_1=0 +lat_2=40 +lon_2=20 +lat_3=50 +lon_3=-10|eqc +lat_ts=95|urm5 +n=0.9 +alpha=2 +q=4|imw_p +lat_1=30 +lat_2=50
""".replace("\n", "|").split("|")
EPSG = """4326 3857 32632 25832 3035 27700 28992 31370 2056 21781 2154 27572 31467 5514 5513 2193 27200 3577 3979 3413 3031 3995 3408 3410 6933 8857 54009 900913
102100 32662 4087 3395 3832 2163 9311 5070 2225 26910 32040 4267 4269 4258 4314 4807 4901 3003 23032 4230 4979 4978 7415 5972 9518 5773 3855 1 99999""".split()
OTHER = [
    "WGS84", "NAD27", "NAD83", "WGS72", "wgs84", "WGS 84", "NAD 83", "ETRS89", "GRS80", "EPSG: 32632", "epsg:32632", " EPSG:32632 ", "EPSG::32632", "EPSG:32632 ",
    "urn:ogc:def:crs:EPSG::32632", "urn:ogc:def:crs:EPSG:9.1:32632", "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "urn:ogc:def:crs:OGC:1.3:CRS83",
    "urn:x-ogc:def:crs:EPSG:4326", "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783", "urn:ogc:def:crs:ESRI::54009",
    "http://www.opengis.net/def/crs/EPSG/0/32632", "https://www.opengis.net/def/crs/EPSG/0/32632", "http://opengis.net/def/crs/EPSG/0/4326", "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "http://www.opengis.net/gml/srs/epsg.xml#4326", "OGC:CRS84", "OGC:CRS83", "OGC:CRS27", "CRS:84", "CRS84", "CRS:83", "CRS:27", "OGC:CRS84h",
    "EPSG:4326+5773", "EPSG:32632+5773", "EPSG:25832+7837", "EPSG:4326+EPSG:5773", "EPSG:4326+99999",
    "ESRI:54009", "ESRI:54030", "ESRI:54008", "ESRI:54012", "ESRI:54016", "ESRI:54042", "ESRI:54052", "ESRI:54003", "ESRI:54029", "ESRI:54032", "ESRI:54034", "ESRI:54077", "ESRI:53009",
    "ESRI:53032", "ESRI:102001", "ESRI:102003", "ESRI:102008", "ESRI:102100", "ESRI:102013", "ESRI:102014", "ESRI:102017", "ESRI:102018", "ESRI:102020", "ESRI:102022", "ESRI:102025",
    "ESRI:102033", "ESRI:102039", "ESRI:102113", "ESRI:104199", "ESRI:37001", "ESRI:103300", "esri:54009", "ESRI:1", "IAU_2015:49910", "IAU_2015:49900", "IAU_2015:30100", "IAU_2015:30110",
    "IAU_2015:30130", "IAU_2015:39900", "IAU_2015:49975", "IGNF:LAMB93", "IGNF:ETRS89UTM28",
    "WGS 84 / UTM zone 32N", "WGS 84 / Pseudo-Mercator", "ETRS89 / UTM zone 32N", "OSGB36 / British National Grid", "RGF93 v1 / Lambert-93", "NAD83 / UTM zone 10N", "DHDN / 3-degree Gauss-Kruger zone 3",
    "WGS_1984_UTM_Zone_32N", "World_Mollweide", "+init=epsg:32632", "+init=EPSG:3035", "init=epsg:4326", "+init=epsg:99999", "", "nonsense", "EPSG:", "EPSG:abc", "ESRI:", "32632",
]


def main():
    lines = []
    spellings = [f"+proj={p.strip()}" for p in PROJ if p.strip()] + [f"EPSG:{c}" for c in EPSG] + OTHER
    for text in spellings:
        own = ""
        try:
            target = CRS.from_user_input(text if not text.isdigit() else int(text))
            try:
                t = Transformer.from_crs(4326, target, always_xy=True)
            except Exception:
                # no way from the Earth to another planet
                if not text.startswith("IAU"):
                    raise
                t, own = Transformer.from_crs(target.geodetic_crs, target, always_xy=True), "own "
        except Exception:
            lines.append(f"{text}\terror")
            continue
        area = target.area_of_use
        points = WORLD + LOCAL
        if area:
            w, e = area.west, area.east + (360 if area.west > area.east else 0)
            points = [(round((w + (e - w) * i + 180) % 360 - 180, 3), round(area.south + (area.north - area.south) * j, 3)) for i, j in ((0.1, 0.2), (0.4, 0.6), (0.8, 0.3), (0.5, 0.5), (0.93, 0.9))]
        cells = []
        for lon, lat in points:
            try:
                x, y = t.transform(lon, lat, errcheck=False)
            except Exception:
                x = y = math.inf
            good = math.isfinite(x) and math.isfinite(y)
            cells += [f"{lon}", f"{lat}"] + ([f"{x:.12g}" if abs(x) < 1000 else f"{x:.4f}", f"{y:.12g}" if abs(y) < 1000 else f"{y:.4f}"] if good else ["-", "-"])
        lines.append(own + text + "\t" + "\t".join(cells))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/spellings.tsv")
    open(path, "w").write("\n".join(lines) + "\n")
    print(len(lines), "spellings,", sum(l.endswith("\terror") for l in lines), "refused")


main()
