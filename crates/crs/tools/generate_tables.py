"""Writes ../src/tables/epsg.bin: the EPSG registry and PROJ's choice of datum operations, from the proj.db of pyproj.

    python -m venv venv && venv/bin/pip install pyproj==3.7.2
    venv/bin/python crates/crs/tools/generate_tables.py            # about five minutes
    venv/bin/python crates/crs/tools/generate_tables.py --cache F  # keeps PROJ's operation lists in F

The result depends only on the version of pyproj (its PROJ and proj.db). The layout is described in
../src/tables/mod.rs, which reads it. EPSG data: see the notice in ../src/tables/NOTICE.
"""
import argparse, functools, logging, math, os, pickle, re, sqlite3, struct, sys, warnings, zlib

import pyproj
from pyproj.transformer import TransformerGroup

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
DB = sqlite3.connect(os.path.join(pyproj.datadir.get_data_dir(), "proj.db"))
NONE = 0xFFFF
WGS84 = 4326


def rows(query, *args):
    return DB.execute(query, args).fetchall()


# ---- pools -------------------------------------------------------------------------------------------------------


class Strings:
    """One run of UTF-8; a reference is offset << 8 | length. Text that occurs inside other text is not repeated."""

    def __init__(self):
        self.wanted, self.blob, self.ref = set(), b"", {"": 0}

    def want(self, text):
        self.wanted.add(text or "")

    def build(self):
        for text in sorted(self.wanted, key=lambda t: (-len(t), t)):
            raw = text.encode()
            assert len(raw) < 256, text
            at = self.blob.find(raw)
            if at < 0:
                at = len(self.blob)
                self.blob += raw
            self.ref[text] = at << 8 | len(raw)

    def __getitem__(self, text):
        return self.ref[text or ""]


class Pool:
    """Distinct packed records, referred to by index."""

    def __init__(self, layout, limit=NONE):
        self.layout, self.items, self.index, self.limit = layout, [], {}, limit

    def add(self, *values):
        raw = struct.pack("<" + self.layout, *values)
        if raw not in self.index:
            self.index[raw] = len(self.items)
            self.items.append(raw)
            assert len(self.items) < self.limit
        return self.index[raw]

    def bytes(self):
        return b"".join(self.items)


S, F = Strings(), Pool("d")


def num(value):
    return NONE if value is None else F.add(float(value))


# ---- reading proj.db ---------------------------------------------------------------------------------------------


def esri_names(table):
    return dict(
        rows("select code, min(alt_name) from alias_name where table_name=? and auth_name='EPSG' and source='ESRI' group by code", table)
    )


def successors():
    out = {}
    for old, new in rows(
        "select deprecated_code, replacement_code from deprecation where deprecated_auth_name='EPSG' and "
        "replacement_auth_name='EPSG' and table_name in ('projected_crs','geodetic_crs','vertical_crs','compound_crs')"
    ):
        out.setdefault(int(old), []).append(int(new))
    return {old: new[0] for old, new in out.items() if len(new) == 1}


EXTENTS = Pool("hhhhI")


def degrees(value):
    """Hundredths of a degree, as which EPSG registers all areas."""
    hundredths = round(value * 100)
    assert abs(hundredths / 100 - value) < 1e-6, value
    return hundredths


def extent_of(table, code):
    found = rows(
        "select e.name, west_lon, south_lat, east_lon, north_lat from usage u join extent e on e.auth_name=u.extent_auth_name "
        "and e.code=u.extent_code where u.object_table_name=? and u.object_auth_name='EPSG' and u.object_code=? order by u.rowid limit 1",
        table, code,
    )
    if not found or found[0][1] is None:
        return None
    return found[0]


def extent(record):
    if record is None:
        return NONE
    name, w, s, e, n = record
    return EXTENTS.add(degrees(w), degrees(s), degrees(e), degrees(n), S[name])


# ---- PROJ's operations -------------------------------------------------------------------------------------------


def group(source, target):
    out = []
    try:
        transformers = TransformerGroup(source, target, always_xy=True).transformers
    except (pyproj.exceptions.ProjError, IndexError):
        return out  # PROJ cannot do the projection, or has no operation without grids
    for t in transformers:
        a = t.area_of_use
        box = (a.west, a.south, a.east, a.north) if a else (-180.0, -90.0, 180.0, 90.0)
        out.append((t.definition, t.description, t.accuracy, box, a.name if a else ""))
    return out


def direct_pairs():
    """Pairs of geographic 2D systems, neither of them WGS 84, between whose datums EPSG registers an operation."""
    flat, datum = {}, {}
    for code, dat, kind, dep in rows("select code, datum_code, type, deprecated from geodetic_crs where auth_name='EPSG'"):
        datum[code] = dat
        if kind == "geographic 2D" and not dep:
            flat.setdefault(dat, []).append(code)
    out = set()
    for a, b in rows(
        "select distinct source_crs_code, target_crs_code from coordinate_operation_view where source_crs_auth_name='EPSG' "
        "and target_crs_auth_name='EPSG' and deprecated=0"
    ):
        if a in datum and b in datum:
            for x in flat.get(datum[a], []):
                for y in flat.get(datum[b], []):
                    if x != y and WGS84 not in (x, y):
                        out.add((min(x, y), max(x, y)))
    return sorted(out)


def observed(source, target):
    """The operations that PROJ really uses, at a grid of points in the area of use: PROJ's list of candidates leaves out
    the ways round by a third system that it takes when the direct ones need grids."""
    try:
        t = pyproj.Transformer.from_crs(source, target, always_xy=True)
    except pyproj.exceptions.ProjError:
        return {}, []
    boxes = [b[1:] for b in (extent_of("geodetic_crs", c) for c in (source, target)) if b]
    w, s, e, n = min(boxes, key=pseudo_area)
    e += 360 if w > e else 0
    steps = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.98]
    out, used = {}, []
    for i in steps:
        for j in steps:
            lon, lat = (w + (e - w) * i + 180) % 360 - 180, s + (n - s) * j
            crs = pyproj.CRS.from_epsg(source)
            pm = crs.prime_meridian.longitude * crs.prime_meridian.unit_conversion_factor
            unit = crs.axis_info[0].unit_conversion_factor
            if math.isinf(t.transform(math.degrees(math.radians(lon) - pm) / math.degrees(unit), lat / math.degrees(unit))[0]):
                continue
            try:
                op = t.get_last_used_operation()
            except pyproj.exceptions.ProjError:
                op = t
            a = op.area_of_use
            box = (a.west, a.south, a.east, a.north) if a else (-180.0, -90.0, 180.0, 90.0)
            entry = (op.definition, op.description, op.accuracy, box, a.name if a else "")
            out.setdefault(entry, 0)
            out[entry] += 1
            used.append(((lon, lat), entry[0]))
    return out, used


def agrees(entries, used):
    raw = lambda d: program(without_projection(d))
    return all(choose(named(entries), *p) == raw(d) for p, d in used)


def named(entries):
    return [(d, op_name(n), acc, box, area) for d, n, acc, box, area in entries]


def corrected(source, target, entries):
    """PROJ's candidates if they explain what it does; else what it was seen to do, in an order that explains it."""
    seen, used = observed(source, target)
    if not seen or entries and agrees(entries, used):
        return entries, False
    for order in (sorted(seen, key=lambda e: (e[2] < 0, e[2])), sorted(seen, key=lambda e: -seen[e])):
        if agrees(order, used):
            return order, True
    rest = [e for e in entries if e not in seen]
    print(f"{source} to {target}: {len(seen)} operations seen, no order explains them", file=sys.stderr)
    return sorted(seen, key=lambda e: (e[2] < 0, e[2])) + rest, True


CORRECTED = set()


def collect():
    out = {}
    for (code,) in rows("select code from geodetic_crs where auth_name='EPSG' and type='geographic 2D' and code<>4326 order by code"):
        out[WGS84, code], changed = corrected(WGS84, code, group(WGS84, code))
        if changed:
            CORRECTED.add(code)
    for pair in direct_pairs():
        out[pair], _ = corrected(*pair, group(*pair))
    for (code,) in rows("select code from projected_crs where auth_name='EPSG' and code<65536 order by code"):
        out[WGS84, -code] = group(WGS84, code)
    for pair in overlapping_pairs():
        out.setdefault(pair, None)
        if out[pair] is None:
            out[pair] = OVERLAPPING[pair] if pair in OVERLAPPING else group(*pair)
    return out


OVERLAPPING = {}


def overlapping_pairs():
    """Pairs of geographic 2D systems, neither of them WGS 84, whose areas overlap: half an hour of PROJ."""
    live = [c for (c,) in rows("select code from geodetic_crs where auth_name='EPSG' and type='geographic 2D' and deprecated=0 and code<>4326 order by code")]
    box = {c: e[1:] for c in live if (e := extent_of("geodetic_crs", c))}
    return sorted((a, b) for i, a in enumerate(live) for b in live[i + 1:] if a in box and b in box and shared(box[a], box[b]))


def shared(a, b):
    """What two boxes have in common, around the antimeridian the larger piece."""
    s, n = max(a[1], b[1]), min(a[3], b[3])
    east = lambda v: v[2] + (360 if v[0] > v[2] else 0)
    pieces = [(max(a[0], b[0] + t), min(east(a), east(b) + t)) for t in (-360, 0, 360)]
    pieces = [p for p in pieces if p[0] < p[1]]
    if not pieces or s >= n:
        return None
    w, e = max(pieces, key=lambda p: p[1] - p[0])
    return (w - 360 if w > 180 else w, s, e - 360 if e > 180 else e, n)


def by_wgs84(a, b, region):
    """What the crate makes of a pair that is not in the table (`Candidates::joined`): a list like PROJ's, programs joined."""
    out = []
    for da, na, ca, ba, ra in a:
        for db, nb, cb, bb, rb in b:
            box = shared(ba, bb)
            if box is None or shared(box, region) is None:
                continue
            accuracy = ca + cb if ca >= 0 and cb >= 0 else -1
            # PROJ chains registered operations only
            if any(n.startswith("Ballpark") for n, _ in na + nb) or len(na) > 1 or len(nb) > 1:
                continue
            area = "- offshore" if "- offshore" in ra + rb else ("unknown" if ra in ("", "unknown") or rb in ("", "unknown") else ra)
            cover = shared(box, region)
            out.append(((accuracy < 0, -pseudo_area(cover), accuracy), (da, db), accuracy, box, area))
    out.sort(key=lambda o: o[0])
    full = lambda o: pseudo_area(shared(o[3], region)) >= pseudo_area(region) * (1 - 1e-9)
    if not any(map(full, out)):
        # one shift left out is worth no more than both
        out.append((None, None, -1, (-180.0, -90.0, 180.0, 90.0), "unknown"))
    return [o[1:] for o in out]


def pick(entries, lon, lat):
    """`choose`, for entries of definition, accuracy, box, area."""
    best = None
    for definition, accuracy, box, area in entries:
        w, south, e, north = box
        if not (south <= lat <= north and (w <= lon <= e if w <= e else lon >= w or lon <= e)):
            continue
        mine = (accuracy, pseudo_area(box), area in ("", "unknown"), definition)
        if best is None or "- offshore" not in area and (0 <= accuracy < best[0] or accuracy == best[0] and mine[1] < best[1] and not (mine[2] and not best[2])):
            best = mine
    return best[3] if best else (entries[0][0] if entries else None)


@functools.cache
def steps_of(raw):
    """A program as opcodes and numbers."""
    out, at = [], 0
    while raw[at]:
        count = {1: 2, 2: 2, 3: 7, 4: 7, 5: 10, 6: 10, 7: 1, 8: 2}[raw[at]]
        out.append((raw[at], [struct.unpack("d", F.items[i])[0] for i in struct.unpack_from(f"<{count}H", raw, at + 1)]))
        at += 1 + 2 * count
    return out


def run(raw, lon, lat, inverse=False):
    """A program at a point, degrees, as the crate runs it: heights are dropped."""
    x, y, z = math.radians(lon), math.radians(lat), 0.0
    for op, v in (reversed(steps_of(raw)) if inverse else steps_of(raw)):
        op = {1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 17, 8: 18}[op] if inverse else op
        if op == 1:
            e2 = v[1] * (2 - v[1])
            nu = v[0] / math.sqrt(1 - e2 * math.sin(y) ** 2)
            x, y, z = nu * math.cos(y) * math.cos(x), nu * math.cos(y) * math.sin(x), nu * (1 - e2) * math.sin(y)
        elif op == 2:
            e2 = v[1] * (2 - v[1])
            p, b = math.hypot(x, y), v[0] * (1 - v[1])
            t = math.atan2(z * v[0], p * b)
            x, y = math.atan2(y, x), math.atan2(z + e2 / (1 - e2) * b * math.sin(t) ** 3, p - e2 * v[0] * math.cos(t) ** 3)
        elif op in (3, 4, 5, 6):
            r = [a * math.pi / 648000 for a in v[3:6]]
            m, s = [[1, -r[2], r[1]], [r[2], 1, -r[0]], [-r[1], r[0], 1]], 1 + v[6] * 1e-6
            q = v[7:10] or [0, 0, 0]
            c = [x, y, z]
            if op in (3, 5):
                c = [a - b for a, b in zip(c, q)]
                x, y, z = (s * sum(m[i][j] * c[j] for j in range(3)) + v[i] + q[i] for i in range(3))
            else:
                c = [a - b - d for a, b, d in zip(c, v, q)]
                x, y, z = (sum(m[j][i] * c[j] for j in range(3)) / s + q[i] for i in range(3))
        elif op in (7, 17):
            x += math.radians(v[0]) * (1 if op == 7 else -1)
        else:
            k = (1 if op == 8 else -1) / 3600
            x, y = x + math.radians(v[0] * k), y + math.radians(v[1] * k)
    return x, y


def needed(entries, to_hub, from_hub, region, turn):
    """Whether the way by WGS 84 is more than five millimetres off PROJ's operations anywhere in the region."""
    direct = [(d, acc, box, area) for d, _, acc, box, area in entries]
    composed = by_wgs84(to_hub, from_hub, region)
    w, s, e, n = region
    e += 360 if w > e else 0
    for i in (0.004, 0.2, 0.5, 0.8, 0.996):
        for j in (0.004, 0.2, 0.5, 0.8, 0.996):
            lon, lat = (w + (e - w) * i + 180) % 360 - 180, s + (n - s) * j
            one = program(without_projection(pick(direct, lon, lat)))
            if one is None:
                return False
            two = pick(composed, lon, lat)
            a = run(one, lon, lat)
            if two is None:
                b = math.radians(lon) + turn, math.radians(lat)
            else:
                first, second = (program(without_projection(d)) for d in two)
                b = run(first, lon, lat, True)
                b = run(second, math.degrees(b[0]), math.degrees(b[1]))
            if math.hypot((a[0] - b[0]) * math.cos(lat * math.pi / 180), a[1] - b[1]) * 6.4e6 > 5e-3:
                return True
    return False


MERIDIANS = {
    "lisbon": -(9 + 7 / 60 + 54.862 / 3600), "paris": 2 + 20 / 60 + 14.025 / 3600, "bogota": -(74 + 4 / 60 + 51.3 / 3600),
    "madrid": -(3 + 41 / 60 + 16.58 / 3600), "rome": 12 + 27 / 60 + 8.4 / 3600, "bern": 7 + 26 / 60 + 22.5 / 3600,
    "jakarta": 106 + 48 / 60 + 27.79 / 3600, "ferro": -(17 + 40 / 60), "brussels": 4 + 22 / 60 + 4.71 / 3600,
    "stockholm": 18 + 3 / 60 + 29.8 / 3600, "athens": 23 + 42 / 60 + 58.815 / 3600, "oslo": 10 + 43 / 60 + 22.5 / 3600,
    "copenhagen": 12 + 34 / 60 + 40.35 / 3600,
}


def shape(args):
    """Semi-major axis and flattening of PROJ's ellipsoid arguments."""
    if "ellps" in args:
        e = pyproj.Geod(ellps=args["ellps"])
        return float(e.a), float(e.f)
    a = float(args["a"])
    if "rf" in args:
        return a, 1 / float(args["rf"])
    return a, 1 - float(args.get("b", a)) / a


@functools.cache
def program(definition):
    """A PROJ pipeline without units, projection and pushes, as opcodes and numbers; None if it has anything else."""
    out = b""
    op = lambda code, *values: struct.pack("<B%dH" % len(values), code, *(num(v) for v in values))
    steps = definition.split(" step ")[1:] if definition.startswith("proj=pipeline") else [definition]
    for step in steps:
        words = step.split()
        inverse = "inv" in words
        args = dict(w.partition("=")[::2] for w in words if w != "inv")
        name = args["proj"]
        if name in ("unitconvert", "push", "pop", "noop", "axisswap"):
            continue
        if name == "cart":
            out += op(2 if inverse else 1, *shape(args))
        elif name in ("helmert", "molobadekas"):
            assert "exact" not in args and "theta" not in args, step
            sign = -1 if args.get("convention") == "coordinate_frame" else 1
            v = [float(args.get(k, 0)) for k in ("x", "y", "z")]
            v += [sign * float(args.get(k, 0)) for k in ("rx", "ry", "rz")] + [float(args.get("s", 0))]
            if name == "molobadekas":
                v += [float(args[k]) for k in ("px", "py", "pz")]
            out += op((3 if name == "helmert" else 5) + inverse, *v)
        elif name == "longlat":
            if "pm" in args:
                pm = args["pm"]
                degrees_east = MERIDIANS[pm] if pm in MERIDIANS else float(pm)
                out += op(7, degrees_east if inverse else -degrees_east)
        elif name == "geogoffset":
            sign = -1 if inverse else 1
            out += op(8, sign * float(args.get("dlon", 0)), sign * float(args.get("dlat", 0)))
        else:
            return None
    return out + b"\0"


@functools.cache
def without_projection(definition):
    """The pipeline up to the projection: PROJ appends the method, which nothing of the datum part uses."""
    if not definition.startswith("proj=pipeline"):
        return definition
    steps = definition.split(" step ")
    datum = {"unitconvert", "push", "pop", "noop", "axisswap", "cart", "helmert", "molobadekas", "longlat", "geogoffset"}
    keep = [s for s in steps[1:] if re.search(r"proj=(\S+)", s).group(1) in datum]
    # a projection takes off its prime meridian itself
    keep += ["proj=longlat " + m.group(0) for s in steps[1:] if s not in keep and (m := re.search(r"pm=\S+", s))]
    return " step ".join(["proj=pipeline"] + keep)


PRIORITY = ("NAD83 to NAD83(HARN) (47)", "NAD83 to NAD83(HARN) (48)", "NAD83 to NAD83(HARN) (49)",
            "NAD83 to NAD83(HARN) (50)", "GDA94 to WGS 84 (1)", "GDA2020 to WGS 84 (2)")
PROGRAMS, PROGRAM_AT = b"", {}
OPS, OP_LISTS, OP_INDEX, OP_NAMES, OP_NAME_AT = Pool("IIHHHH"), [], [], [], {}


def program_at(raw):
    global PROGRAMS
    if raw not in PROGRAM_AT:
        PROGRAM_AT[raw] = len(PROGRAMS)
        PROGRAMS += raw
    return PROGRAM_AT[raw]


def op_name(description):
    """The names of the steps: (text, whether inverted), without the changes of axis order."""
    out = []
    for part in description.split(" + "):
        if part.startswith("axis order change"):
            continue
        inverse = part.startswith("Inverse of ")
        part = part.removeprefix("Inverse of ")
        out.append(("Ballpark geographic offset" if part.startswith("Ballpark geographic offset") else part, inverse))
    return tuple(out)


def op_record(entry):
    definition, name, accuracy, (w, s, e, n), area = entry
    raw = program(without_projection(definition))
    if raw is None:
        return None
    flags = ("- offshore" in area) | (area in ("", "unknown")) << 1 | any(p == n for p in PRIORITY for n, _ in name) << 2 | any(n.startswith("Ballpark") for n, _ in name) << 3
    box = NONE if (w, s, e, n) == (-180, -90, 180, 90) else EXTENTS.add(degrees(w), degrees(s), degrees(e), degrees(n), 0)
    names = tuple(S[n] | inverse << 31 for n, inverse in name)
    if names not in OP_NAME_AT:
        OP_NAME_AT[names] = len(OP_NAMES)
        OP_NAMES.extend(names)
    return OPS.add(OP_NAME_AT[names] << 8 | len(names), program_at(raw), box, num(accuracy if accuracy >= 0 else None), flags, 0)


def add_list(source, target, entries):
    found = [o for o in map(op_record, entries) if o is not None]
    OP_INDEX.append((source, target, len(OP_LISTS), len(found)))
    OP_LISTS.extend(found)


def pseudo_area(box):
    w, south, e, north = box
    return (e - w + (360 if w > e else 0)) * (math.sin(math.radians(north)) - math.sin(math.radians(south)))


def choose(entries, lon, lat):
    """The program that PROJ runs at a point: the first operation whose box holds it, unless a later one is better."""
    best = None
    for definition, name, accuracy, box, area in entries:
        w, south, e, north = box
        if not (south <= lat <= north and (w <= lon <= e if w <= e else lon >= w or lon <= e)):
            continue
        unknown, priority = area in ("", "unknown"), any(p == n for p in PRIORITY for n, _ in name)
        mine = (accuracy, pseudo_area(box), unknown, priority, definition)
        if best is None or "- offshore" not in area and (
            0 <= accuracy < best[0]
            or accuracy == best[0] and mine[1] < best[1] and not (unknown and not best[2]) and not best[3]
        ):
            best = mine
    return program(without_projection(best[4] if best else entries[0][0]))


def same_choice(a, b, box):
    """Whether two lists lead to the same result everywhere on a grid inside a box."""
    if [program(without_projection(e[0])) for e in a] == [program(without_projection(e[0])) for e in b] and [e[2:] for e in a] == [e[2:] for e in b]:
        return True
    w, south, e, north = box
    e += 360 if w > e else 0
    steps = [0.001, 0.025] + [i / 40 for i in range(2, 39)] + [0.975, 0.999]
    grid = ((((w + (e - w) * i) + 180) % 360 - 180, south + (north - south) * j) for i in steps for j in steps)
    return all(choose(a, *p) == choose(b, *p) for p in grid)


# ---- main --------------------------------------------------------------------------------------------------------


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--cache")
    args = args.parse_args()
    if args.cache and os.path.exists(args.cache):
        groups, corrected_codes = pickle.load(open(args.cache, "rb"))
        CORRECTED.update(corrected_codes)
    else:
        groups = collect()
        if args.cache:
            pickle.dump((groups, CORRECTED), open(args.cache, "wb"))

    E = {t: esri_names(t) for t in ("unit_of_measure", "ellipsoid", "prime_meridian", "geodetic_datum", "geodetic_crs", "vertical_crs", "vertical_datum")}
    units = rows("select code, name, type, conv_factor from unit_of_measure where auth_name='EPSG' and type in ('length','angle','scale') order by code")
    ellipsoids = rows("select e.code, e.name, semi_major_axis*u.conv_factor, inv_flattening, semi_minor_axis*u.conv_factor from ellipsoid e "
                      "join unit_of_measure u on u.auth_name=e.uom_auth_name and u.code=e.uom_code where e.auth_name='EPSG' order by e.code")
    meridians = rows("select code, name, longitude, uom_code from prime_meridian where auth_name='EPSG' order by code")
    datums = rows("select code, name, ellipsoid_code, prime_meridian_code, ensemble_accuracy from geodetic_datum where auth_name='EPSG' order by code")
    members = rows("select m.ensemble_code, m.member_code, d.name from geodetic_datum_ensemble_member m join geodetic_datum d on "
                   "d.auth_name=m.member_auth_name and d.code=m.member_code where ensemble_auth_name='EPSG' order by ensemble_code, sequence")
    geodetic = rows("select code, name, type, datum_code, coordinate_system_code, deprecated from geodetic_crs where auth_name='EPSG' and "
                    "datum_code is not null order by code")
    conversions = rows("select * from conversion_table where auth_name='EPSG' order by code")
    columns = [r[1] for r in rows("pragma table_info(conversion_table)")]
    projected = rows("select code, name, geodetic_crs_code, conversion_code, coordinate_system_code, deprecated from projected_crs where "
                     "auth_name='EPSG' and conversion_code is not null and code<65536 order by code")
    vertical = rows("select code, name, datum_code, coordinate_system_code, deprecated from vertical_crs where auth_name='EPSG' order by code")
    vdatums = rows("select code, name from vertical_datum where auth_name='EPSG' order by code")
    compound = rows("select code, name, horiz_crs_code, vertical_crs_code, deprecated from compound_crs where auth_name='EPSG' and "
                    "horiz_crs_auth_name='EPSG' and vertical_crs_auth_name='EPSG' order by code")
    axes = rows("select coordinate_system_code, name, abbrev, orientation, uom_code from axis where auth_name='EPSG' and "
                "coordinate_system_auth_name='EPSG' order by coordinate_system_code, coordinate_system_order")
    base_name = {r[0]: r[1] for r in geodetic}
    exts = {(t, r[0]): extent_of(t, r[0]) for t, rs in (("geodetic_crs", geodetic), ("projected_crs", projected), ("vertical_crs", vertical), ("compound_crs", compound)) for r in rs}

    def short(name, base):
        head = base_name[base] + " / "
        return (name[len(head):], 1) if name.startswith(head) else (name, 0)

    # which operation lists have to be stored
    lists = {}
    groups = {k: v for k, v in groups.items() if v}
    direct, left_out = set(direct_pairs()), 0
    east = {}
    for code in {c for k in groups if k[0] != WGS84 for c in k}:
        m = pyproj.CRS.from_epsg(code).prime_meridian
        east[code] = m.longitude * m.unit_conversion_factor
    for pair in [k for k in groups if k[0] != WGS84 and k not in direct]:
        boxes = [extent_of("geodetic_crs", c)[1:] for c in pair]
        region = min(boxes, key=pseudo_area)
        to_hub, from_hub = (named(groups.get((WGS84, c), [])) for c in pair)
        groups[pair] = [x for x in groups[pair] if program(without_projection(x[0])) is not None]
        if not groups[pair] or not needed(groups[pair], to_hub, from_hub, region, east[pair[0]] - east[pair[1]]):
            del groups[pair]
            left_out += 1
    print(left_out, "pairs need no list of their own", file=sys.stderr)
    bases = {r[0]: r[2] for r in projected}
    for (source, target), entries in groups.items():
        entries = [(d, op_name(n if target > 0 else " + ".join(n.split(" + ")[:-1])), acc, box, area) for d, n, acc, box, area in entries]
        lists[source, target] = entries
    exceptions = 0
    for key in [k for k in lists if k[1] < 0]:
        code = -key[1]
        box = exts["projected_crs", code]
        box = tuple(box[1:]) if box else None
        base = bases.get(code)
        reference = lists.get((WGS84, base), [])
        if base == WGS84 or base in CORRECTED or reference and box and same_choice(lists[key], reference, box):
            del lists[key]
        else:
            exceptions += 1

    for group_ in (E[t].values() for t in E):
        for text in group_:
            S.want(text)
    for rs in (units, ellipsoids, meridians, datums, geodetic, vertical, vdatums, compound):
        for r in rs:
            S.want(r[1])
    for r in members:
        S.want(r[2])
    for r in axes:
        for text in r[1:4]:
            S.want(text)
    for r in conversions:
        S.want(r[columns.index("name")])
    for r in projected:
        S.want(short(r[1], r[2])[0])
    for e in exts.values():
        if e:
            S.want(e[0])
    for entries in lists.values():
        for entry in entries:
            for text, _ in entry[1]:
                S.want(text)
    S.build()

    sections, size = [], {}

    def section(name, layout, records):
        raw = b"".join(struct.pack("<" + layout, *r) for r in records)
        sections.append((struct.calcsize("<" + layout), raw))
        size[name] = len(raw)

    kind = {"length": 0, "angle": 1, "scale": 2}
    section("unit", "HBBHHII", [(c, kind[t], 0, num(f), 0, S[n], S[E["unit_of_measure"].get(c)]) for c, n, t, f in units])
    section("ellipsoid", "HHHHII", [(c, num(a), num(rf if rf is not None else b), int(rf is None), S[n], S[E["ellipsoid"].get(c)]) for c, n, a, rf, b in ellipsoids])
    section("meridian", "HHHHII", [(c, num(v), u, 0, S[n], S[E["prime_meridian"].get(c)]) for c, n, v, u in meridians])
    section("datum", "HHHHII", [(c, e, p, num(acc), S[n], S[E["geodetic_datum"].get(c)]) for c, n, e, p, acc in datums])
    section("member", "HHI", [(e, m, S[n]) for e, m, n in members])
    section("geodetic", "HHHHHHII", [
        (c, {"geographic 2D": 0, "geographic 3D": 1, "geocentric": 2}[t], d, cs, extent(exts["geodetic_crs", c]), dep, S[n], S[E["geodetic_crs"].get(c)])
        for c, n, t, d, cs, dep in geodetic])
    params, param_list, conv = Pool("HHH"), [], []
    for r in conversions:
        r = dict(zip(columns, r))
        first = len(param_list)
        for i in range(1, 8):
            if r.get(f"param{i}_code") is not None:
                param_list.append(params.add(r[f"param{i}_code"], num(r[f"param{i}_value"]), r[f"param{i}_uom_code"] or 0))
        conv.append((r["code"], r["method_code"] or 0, first, len(param_list) - first, S[r["name"]]))
    section("conversion", "HHHHI", conv)
    section("projected", "HHHHHHI", [
        (c, b, v, cs, extent(exts["projected_crs", c]), dep | short(n, b)[1] << 1, S[short(n, b)[0]]) for c, n, b, v, cs, dep in projected])
    cs, axis = [], []
    for code in sorted({a[0] for a in axes}):
        mine = [a for a in axes if a[0] == code]
        cs.append((code, len(axis), len(mine), 0))
        axis += [(S[n], S[ab], S[o], u or 0, 0) for _, n, ab, o, u in mine]
    section("system", "HHHH", cs)
    section("axis", "IIIHH", axis)
    section("vertical", "HHHHHHII", [(c, d, s, extent(exts["vertical_crs", c]), dep, 0, S[n], S[E["vertical_crs"].get(c)]) for c, n, d, s, dep in vertical])
    section("vertical datum", "HHII", [(c, 0, S[n], S[E["vertical_datum"].get(c)]) for c, n in vdatums])
    section("compound", "HHHHHHI", [(c, h, v, extent(exts["compound_crs", c]), dep, 0, S[n]) for c, n, h, v, dep in compound])
    section("successor", "HH", sorted(successors().items()))
    for source, target in sorted(lists, key=lambda k: (k[0], abs(k[1]))):
        add_list(source, abs(target), lists[source, target])
    section("operation list", "H", [(o,) for o in OP_LISTS])
    section("operation name", "I", [(n,) for n in OP_NAMES])
    section("operation index", "HHHH", OP_INDEX)
    for name, pool in (("operation", OPS), ("parameter", params), ("extent", EXTENTS), ("number", F)):
        sections.append((struct.calcsize("<" + pool.layout), pool.bytes()))
        size[name] = len(sections[-1][1])
    section("parameter list", "H", [(p,) for p in param_list])
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = deflate.compress(S.blob) + deflate.flush()
    for name, raw in (("program", PROGRAMS), ("string", packed)):
        sections.append((1, raw))
        size[name] = len(raw)

    version = dict(rows("select key, value from metadata"))
    label = f"PROJ {pyproj.proj_version_str}, EPSG {version['EPSG.VERSION']} {version['EPSG.DATE']}".encode().ljust(56, b"\0")
    head = b"CRSTAB1\0" + label
    at = len(head) + 8 * len(sections) + 8
    head += struct.pack("<II", len(sections), 0)
    body = b""
    for width, raw in sections:
        pad = -len(body) % 8
        body += b"\0" * pad
        head += struct.pack("<II", at + len(body), len(raw) // width)
        body += raw
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../src/tables/epsg.bin")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, "wb").write(head + body)
    print(f"{len(head + body)} bytes, {len(projected)} projected, {len(OPS.items)} operations in {len(OP_INDEX)} lists, {exceptions} for single projected systems")
    print(size, file=sys.stderr)


main()
