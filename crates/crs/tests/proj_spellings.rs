//! Ways to write a coordinate system, against stored answers of PROJ (`tools/make_spellings.py`).
#![allow(clippy::print_stdout, reason = "a test says what it found")]

use crs::{Crs, Transformer};

/// Spellings that are not as PROJ has them, and why.
const KNOWN: &[(&str, &str)] = &[
    ("+proj=wag6", "PROJ 9.5 has 0.94745 for both constants, PROJ 9.6 and Wagner have 1"),
    ("+proj=gnom +lat_0=90", "the horizon is no place on the map"),
    ("+proj=nzmg", "a polynomial far beyond New Zealand"),
    ("+proj=nzmg +ellps=intl", "a polynomial far beyond New Zealand"),
    ("+proj=nzmg +lon_0=173 +datum=nzgd49", "a polynomial far beyond New Zealand"),
    ("+proj=somerc +lat_0=46.95 +lon_0=7.44 +ellps=bessel", "PROJ folds the far side of the Earth over"),
    ("+proj=krovak", "PROJ folds the far side of the Earth over"),
    ("+proj=krovak +ellps=bessel", "PROJ folds the far side of the Earth over"),
    (
        "+proj=krovak +ellps=bessel +lat_0=49.5 +lon_0=24.83333333333333 +alpha=30.28813972222222 +k=0.9999",
        "PROJ folds the far side of the Earth over",
    ),
    ("+proj=mod_krovak +ellps=bessel", "PROJ folds the far side of the Earth over"),
    ("+proj=longlat +datum=potsdam", "PROJ takes this name for a datum without a registered area"),
    ("+proj=longlat +datum=WGS84 +lon_wrap=180", "longitudes of another turn mean the same"),
    ("+proj=cass +hyperbolic +lat_0=-16.25 +lon_0=179.33", "a series far beyond Fiji"),
    ("+proj=aeqd +guam +lat_0=13.47 +lon_0=144.75", "a series far beyond Guam"),
    (
        "+proj=omerc +lat_0=40 +lat_1=40 +lon_1=0 +lat_2=50 +lon_2=20",
        "two points instead of an azimuth: not computed yet",
    ),
    ("EPSG:4978", "geocentric: needs heights"),
    ("EPSG:5773", "heights alone"),
    ("EPSG:3855", "heights alone"),
    ("GRS80", "an ellipsoid, not a system"),
    ("EPSG::32632", "more lenient"),
    ("http://www.opengis.net/gml/srs/epsg.xml#4326", "more lenient"),
    ("CRS:84", "more lenient"),
    ("CRS84", "more lenient"),
    ("CRS:83", "more lenient"),
    ("CRS:27", "more lenient"),
    ("IGNF:LAMB93", "this registry is not built in"),
    ("IGNF:ETRS89UTM28", "this registry is not built in"),
    ("WGS_1984_UTM_Zone_32N", "Esri's names of EPSG's systems are not in the table"),
    (
        "+proj=ob_tran +o_proj=longlat +o_lat_p=39.25 +o_lon_p=0 +lon_0=18",
        "refused: this projection is not computed",
    ),
    (
        "+proj=ob_tran +o_proj=longlat +o_lat_p=39.25 +o_lon_p=0 +lon_0=18 +R=6371229",
        "refused: this projection is not computed",
    ),
    (
        "+proj=ob_tran +o_proj=longlat +o_lon_p=-162 +o_lat_p=39.25 +lon_0=180 +to_meter=0.0174532925199433",
        "refused: this projection is not computed",
    ),
    (
        "+proj=ob_tran +o_proj=latlon +o_lat_p=43 +o_lon_p=0 +lon_0=10 +a=6367470 +b=6367470",
        "refused: this projection is not computed",
    ),
    ("+proj=ob_tran +o_proj=longlat +o_lat_p=90 +o_lon_p=0", "refused: this projection is not computed"),
    (
        "+proj=ob_tran +o_proj=moll +o_lat_p=45 +o_lon_p=-90 +lon_0=10",
        "refused: this projection is not computed",
    ),
    (
        "+proj=ob_tran +o_proj=eqc +o_lat_p=30 +o_lon_p=20 +lon_0=-60 +R=6371000",
        "refused: this projection is not computed",
    ),
    ("+proj=ob_tran +o_proj=merc +o_lat_p=60 +o_lon_p=0", "refused: this projection is not computed"),
    ("+proj=gstmerc +lat_0=-21.1 +lon_0=55.5", "refused: this projection is not computed"),
    ("+proj=tpeqd +lat_1=40 +lon_1=0 +lat_2=50 +lon_2=20", "refused: this projection is not computed"),
    ("+proj=ocea +lat_1=0 +lat_2=30 +lon_1=0 +lon_2=40", "refused: this projection is not computed"),
    ("+proj=lcca +lat_0=40", "refused: this projection is not computed"),
    ("+proj=pconic +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
    ("+proj=euler +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
    ("+proj=murd1 +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
    ("+proj=murd2 +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
    ("+proj=murd3 +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
    ("+proj=tissot +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
    ("+proj=vitk1 +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
    ("+proj=ccon +lat_1=45", "refused: this projection is not computed"),
    ("+proj=airy", "refused: this projection is not computed"),
    ("+proj=airy +lat_b=45", "refused: this projection is not computed"),
    ("+proj=bacon", "refused: this projection is not computed"),
    ("+proj=apian", "refused: this projection is not computed"),
    ("+proj=ortel", "refused: this projection is not computed"),
    ("+proj=lask", "refused: this projection is not computed"),
    ("+proj=rpoly", "refused: this projection is not computed"),
    ("+proj=vandg2", "refused: this projection is not computed"),
    ("+proj=vandg3", "refused: this projection is not computed"),
    ("+proj=vandg4", "refused: this projection is not computed"),
    ("+proj=tobmerc", "refused: this projection is not computed"),
    ("+proj=tcc", "refused: this projection is not computed"),
    ("+proj=nicol", "refused: this projection is not computed"),
    ("+proj=gins8", "refused: this projection is not computed"),
    ("+proj=bertin1953", "refused: this projection is not computed"),
    ("+proj=healpix", "refused: this projection is not computed"),
    ("+proj=rhealpix", "refused: this projection is not computed"),
    ("+proj=qsc", "refused: this projection is not computed"),
    (
        "+proj=chamb +lat_1=10 +lon_1=0 +lat_2=40 +lon_2=20 +lat_3=50 +lon_3=-10",
        "refused: this projection is not computed",
    ),
    ("+proj=urm5 +n=0.9 +alpha=2 +q=4", "refused: this projection is not computed"),
    ("+proj=imw_p +lat_1=30 +lat_2=50", "refused: this projection is not computed"),
];

struct Line<'a> {
    own: bool,
    spelling: &'a str,
    /// Longitude, latitude and PROJ's x and y; empty where PROJ refuses the spelling.
    points: Vec<[Option<f64>; 4]>,
}

fn lines() -> Vec<Line<'static>> {
    include_str!("spellings.tsv")
        .lines()
        .map(|line| {
            let mut fields = line.split('\t');
            let text = fields.next().unwrap_or("");
            let own = text.starts_with("own ");
            let rest: Vec<&str> = fields.collect();
            let points =
                rest.chunks_exact(4).map(|c| [0, 1, 2, 3].map(|i| c[i].parse::<f64>().ok())).collect();
            Line { own, spelling: text.strip_prefix("own ").unwrap_or(text), points }
        })
        .collect()
}

/// What is wrong, if anything.
fn fault(line: &Line<'_>) -> Option<String> {
    let crs = Crs::parse(line.spelling);
    let way = crs.and_then(|target| {
        let source = if line.own {
            target.geographic().ok_or_else(|| Crs::from_epsg(1).unwrap_err())?
        } else {
            Crs::from_epsg(4326)?
        };
        Transformer::new(&source, &target)
    });
    let way = match way {
        Ok(_) if line.points.is_empty() => return Some("PROJ refuses it".to_owned()),
        Ok(way) => way,
        Err(_) if line.points.is_empty() => return None,
        Err(error) => return Some(error.to_string()),
    };
    let target = way.target();
    let metres =
        target.metres_per_unit().unwrap_or_else(|| target.radians_per_unit().unwrap_or(1.0) * 6_378_137.0);
    let (back, mut worst, mut holes) = (way.inverse(), (0f64, String::new()), String::new());
    for p in &line.points {
        let [Some(lon), Some(lat), x, y] = *p else { continue };
        match (way.transform_point(lon, lat), x, y) {
            (Some((px, py)), Some(x), Some(y)) => {
                let gap = (px - x).hypot(py - y) * metres;
                // far beyond a map there are fewer digits, in what is stored too
                let gap = gap / (1.0 + 1e-7 * px.hypot(py) * metres)
                    - target.metres_per_unit().map_or(0.0, |m| 0.5e-4 * (m - 1.0).max(0.0));
                if gap > worst.0 || gap.is_nan() {
                    worst = (gap, format!("{lon} {lat}: {px} {py}, PROJ {x} {y}"));
                }
                let returned = back.transform_point(px, py).unwrap_or((f64::NAN, f64::NAN));
                let mut dx = returned.0 - lon;
                dx -= 360.0 * (dx / 360.0).round();
                let gap = (dx * lat.to_radians().cos()).hypot(returned.1 - lat) * 111_000.0;
                let near = (-20.0..40.0).contains(&lon) && (20.0..70.0).contains(&lat);
                if near && (gap.is_nan() || gap > 1e-3) {
                    holes = format!("{lon} {lat} comes back as {} {}", returned.0, returned.1);
                }
            }
            (None, Some(x), _) => holes = format!("{lon} {lat}: none, PROJ {x}"),
            // a point that PROJ has no answer for may have one here: beyond a horizon there is none
            (Some((px, py)), None, _) => holes = format!("{lon} {lat}: {px} {py}, PROJ none"),
            _ => {}
        }
    }
    if worst.0.is_nan() || worst.0 >= 1e-3 {
        return Some(format!("{:.4} m at {}", worst.0, worst.1));
    }
    (!holes.is_empty()).then_some(holes)
}

#[test]
fn every_spelling_means_what_proj_says() {
    let (mut bad, all) = (0, lines());
    for line in &all {
        let fault = fault(line);
        let known = KNOWN.iter().any(|k| k.0 == line.spelling);
        match fault {
            Some(fault) if !known => {
                println!("{}: {fault}", line.spelling);
                bad += 1;
            }
            None if known => {
                println!("{}: is right now, take it off the list", line.spelling);
                bad += 1;
            }
            _ => {}
        }
    }
    println!("{} spellings, {bad} are not as PROJ has them", all.len());
    assert_eq!(bad, 0);
}
