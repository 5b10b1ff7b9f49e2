"""Writes ../tests/pairs.tsv: points of pairs of systems over the area that they share, with what PROJ makes of them.

    venv/bin/pip install pyproj==3.7.2
    venv/bin/python crates/crs/tools/make_pairs.py

Columns: source, target, x, y, PROJ's x, PROJ's y. Without grids, axes in the order of maps. The points are on a grid of five by
five over the common area of use, the outermost a hundredth inside.
"""
import math, os, warnings

from pyproj import CRS, Transformer, network

warnings.filterwarnings("ignore")
network.set_network_enabled(False)

PAIRS = """
3148:32648 4253:4683 5514:3035 23030:25830 23032:25832 23032:3035 26710:26910 4214:4490 3003:3035 3004:25833 3828:3826 3826:3828
20790:25829 3763:20790 20790:3763 2056:25832 21781:3035 27700:25830 27700:3035 27700:4258 27572:2154 27572:25831 31467:25832
31466:25832 31468:25832 31469:25833 31467:3035 28992:25831 28992:3035 28992:4258 31370:25831 31370:3812 31287:25833 31254:25832
31255:3416 31256:3035 5513:25833 2065:3045 5514:3857 5514:4258 3844:3035 31700:25834 4179:4258 28402:25834 28403:3035 2180:2177
3329:2180 3765:3035 31275:3765 31276:25834 3907:3765 2100:3035 2100:25834 23700:25834 23700:3035 3301:25835 3300:25835 2391:3067
2393:3067 2393:25835 3021:3006 3847:3006 27391:25832 23028:25829 23029:25829 23031:25831 23033:25833 23034:25834 23035:25835
23036:25836 4230:4258 4230:4326 23031:32631 23095:25831 4267:4269 26710:26911 26715:26915 26718:26918 26718:3857 26919:26719
32040:2278 32039:3857 2267:32039 26741:2225 4269:4326 4269:4617 3347:3978 26910:3979 3979:3857 4283:7844 28355:7855 28350:7850
20255:28355 20350:7850 4202:4283 4203:7844 27200:2193 27200:2193 4272:4167 27291:2193 27258:2193 4301:4612 2443:6669 2449:6677
30169:6677 3097:6668 4214:4490 2410:4490 21418:4508 2433:4544 4610:4490 2333:4507 4555:4490 4490:4326 3148:4326 3146:32648
24047:32647 24048:32648 4240:4326 4131:4756 3405:3148 29871:4742 4253:4683 25391:3123 3123:25391 32651:25391 24305:32645 24378:32643
24379:4326 4229:4326 22992:32636 20136:32636 20437:32637 21036:32736 21096:32636 22234:2053 2053:22234 22275:2048
29333:22033 22033:32733 26191:32629 30791:32631 22391:32632 2088:32632 28191:2039 2039:28191 2039:32636 28193:2039 22770:32636
24877:31980 24878:31978 29101:5880 29192:31982 5530:5880 29183:31983 5641:31985 22523:31983 24719:31979 24820:31980
22185:5347 22192:22182 22175:22185 21897:3116 3116:21897 21818:3116 3116:4326 32718:24878 24892:32718 2317:32620 2084:32719 24880:32719
4225:4674 4618:4674 4207:4258 4803:4258 2188:25829 2942:3061 3061:2942 2308:32748 23830:32748 3001:23834
23868:32748 5531:5880 2935:3857 2000:2004 3920:32161 4139:4269 3140:3141 3460:32760 3142:3460 3857:3035 3035:3857 3413:3995 3031:3412
3575:3413 32633:32634 4326:4322 32233:32633 4322:4258 4258:4322 3395:3857 6933:8857 3410:6933 3408:6931 2980:2975 2975:3727
29902:2157 29903:27700 29902:25829 2157:27700 29901:2157 2196:25832 23032:2196 3059:3300 3346:2180 2600:3346 3376:3168
3167:3375 29873:3376 2062:25830 4275:4171 4807:4171 27563:2154 27561:2154 27573:25832 4801:2056 4149:4258 4258:4149 21781:25832
2056:4258 2169:25832 2169:3035 3416:31287 3812:31370 5972:25832 26591:3003 3003:25832 3004:25834 4265:4258 4806:4265
24500:32648 3414:24500 2326:4611 2326:2433 2326:32650 3829:3828 3825:3827 3821:3824 3824:3821
"""


def main():
    lines, seen = [], set()
    for pair in PAIRS.split():
        a, b = pair.split(":")
        if a == b or pair in seen:
            continue
        seen.add(pair)
        try:
            A, B = CRS(f"EPSG:{a}"), CRS(f"EPSG:{b}")
            t = Transformer.from_crs(A, B, always_xy=True)
            start = Transformer.from_crs(A.geodetic_crs.to_2d(), A, always_xy=True)
        except Exception as e:
            print(pair, e)
            continue
        u, v = A.area_of_use, B.area_of_use
        w, s, e, n = max(u.west, v.west), max(u.south, v.south), min(u.east, v.east), min(u.north, v.north)
        if u.west > u.east or v.west > v.east or w >= e or s >= n:
            w, s, e, n = (u.west, u.south, u.east, u.north) if u.west < u.east else (v.west, v.south, v.east, v.north)
        if w >= e or s >= n:
            print(pair, "no area")
            continue
        base = A.geodetic_crs
        pm, unit = base.prime_meridian, base.axis_info[0].unit_conversion_factor
        for i in (0.01, 0.26, 0.5, 0.74, 0.99):
            for j in (0.01, 0.26, 0.5, 0.74, 0.99):
                lon, lat = math.radians(w + (e - w) * i) - pm.longitude * pm.unit_conversion_factor, math.radians(s + (n - s) * j)
                x, y = (lon / unit, lat / unit) if A.is_geographic else start.transform(lon / unit, lat / unit)
                x, y = (round(x, 6), round(y, 6)) if A.is_geographic else (round(x, 2), round(y, 2))
                p, q = t.transform(x, y)
                if all(map(math.isfinite, (x, y, p, q))):
                    digits = 9 if B.is_geographic else 4
                    lines.append(f"{a}\t{b}\t{x}\t{y}\t{p:.{digits}f}\t{q:.{digits}f}")
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/pairs.tsv")
    open(path, "w").write("\n".join(lines) + "\n")
    print(len(seen), "pairs,", len(lines), "points")


main()
