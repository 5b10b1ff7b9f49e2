//! Polygons: from GeoJSON, to pixels, and around a raster.

use crate::{
    georeference::Georeference,
    plan::{crs_of, transform_between},
};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};
use geojson::{GeoJson, GeometryValue};
use raster_core::{Bounds, CrsRef, Error, RasterInfo, Result};

/// Points put on each edge before it is projected: straight lines do not stay straight.
const PIECES: usize = 21;

/// The polygons of a GeoJSON text: a geometry, a feature, or a collection (whose polygons are taken
/// together). Coordinates are as they are: RFC 7946 says longitude and latitude of WGS 84 (`EPSG:4326`).
///
/// # Errors
/// `Misuse` when the text is not GeoJSON or holds no polygon.
pub fn polygons_from_geojson(text: &str) -> Result<MultiPolygon<f64>> {
    let wrong = |e: geojson::Error| Error::misuse("not GeoJSON").with_source(e.to_string());
    let mut polygons = Vec::new();
    let mut collect = |g: Option<&geojson::Geometry>| g.map_or(Ok(()), |g| collect(&g.value, &mut polygons));
    match text.parse::<geojson::GeoJson>().map_err(wrong)? {
        GeoJson::Geometry(geometry) => collect(Some(&geometry))?,
        GeoJson::Feature(feature) => collect(feature.geometry.as_ref())?,
        GeoJson::FeatureCollection(all) => {
            all.features.iter().try_for_each(|f| collect(f.geometry.as_ref()))?;
        }
    }
    if polygons.is_empty() {
        return Err(Error::misuse("the GeoJSON holds no polygon"));
    }
    Ok(MultiPolygon(polygons))
}

fn collect(geometry: &GeometryValue, out: &mut Vec<Polygon<f64>>) -> Result<()> {
    match geometry {
        GeometryValue::Polygon { coordinates } => out.push(polygon(coordinates)?),
        GeometryValue::MultiPolygon { coordinates } => {
            for rings in coordinates {
                out.push(polygon(rings)?);
            }
        }
        GeometryValue::GeometryCollection { geometries } => {
            geometries.iter().try_for_each(|g| collect(&g.value, out))?;
        }
        _ => {}
    }
    Ok(())
}

/// The exterior ring and the holes. (geojson's own conversion panics on positions of fewer than two numbers.)
fn polygon(rings: &[Vec<geojson::Position>]) -> Result<Polygon<f64>> {
    let coordinate = |position: &geojson::Position| match *position.as_slice() {
        [x, y, ..] => Ok(Coord { x, y }),
        _ => Err(Error::misuse("the GeoJSON has a position of fewer than two numbers")),
    };
    let ring =
        |positions: &Vec<_>| positions.iter().map(coordinate).collect::<Result<Vec<_>>>().map(LineString);
    let mut rings = rings.iter().map(ring).collect::<Result<Vec<_>>>()?.into_iter();
    let exterior = rings.next().unwrap_or_else(|| LineString(Vec::new()));
    Ok(Polygon::new(exterior, rings.collect()))
}

pub(super) fn rectangle(b: &Bounds) -> MultiPolygon<f64> {
    let corners =
        [(b.left, b.bottom), (b.right, b.bottom), (b.right, b.top), (b.left, b.top), (b.left, b.bottom)];
    MultiPolygon(vec![Polygon::new(LineString::from(corners.to_vec()), Vec::new())])
}

/// Polygons in pixel positions of a raster.
pub(super) fn to_pixels(
    polygons: &MultiPolygon<f64>,
    crs: Option<&CrsRef>,
    raster: &RasterInfo,
) -> Result<Vec<Vec<Coord<f64>>>> {
    let georeference = Georeference::of(raster)?;
    let own = crs_of(raster);
    let transform = transform_between(raster, crs.or(own), &crs::TransformerOptions::default())?;
    let dense = !(transform.is_identity() && georeference.is_affine());
    let rings = polygons.iter().flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()));
    let rings: Vec<_> = rings
        .filter(|ring| ring.0.len() >= 3)
        .map(|ring| {
            let (mut x, mut y) =
                if dense { densified(&ring.0) } else { ring.0.iter().map(|c| (c.x, c.y)).unzip() };
            transform.backward(&mut x, &mut y);
            georeference.to_pixels(&mut x, &mut y);
            x.into_iter().zip(y).map(|(x, y)| Coord { x, y }).collect::<Vec<_>>()
        })
        .collect();
    if rings.iter().flatten().any(|c| !(c.x.is_finite() && c.y.is_finite())) {
        return Err(Error::misuse("a corner of the area has no place in the raster's coordinate system"));
    }
    if rings.is_empty() {
        return Err(Error::misuse("the area to clip encloses nothing"));
    }
    Ok(rings)
}

fn densified(ring: &[Coord<f64>]) -> (Vec<f64>, Vec<f64>) {
    let edges = ring.windows(2);
    let points = edges.flat_map(|e| {
        (0..PIECES).map(move |i| {
            let t = i as f64 / PIECES as f64;
            (e[0].x + t * (e[1].x - e[0].x), e[0].y + t * (e[1].y - e[0].y))
        })
    });
    points.chain(ring.last().map(|c| (c.x, c.y))).unzip()
}

/// The outline of a raster in a coordinate system (its own by default), with points along its sides.
///
/// # Errors
/// `Misuse` without a georeference, or where the outline has no place in `crs`.
pub fn footprint(raster: &RasterInfo, crs: Option<&CrsRef>) -> Result<Polygon<f64>> {
    let georeference = Georeference::of(raster)?;
    let own = crs_of(raster);
    let transform = transform_between(raster, crs.or(own), &crs::TransformerOptions::default())?;
    let (w, h) = (raster.width as f64, raster.height as f64);
    let corners = [(0.0, 0.0), (0.0, h), (w, h), (w, 0.0), (0.0, 0.0)].map(|(x, y)| Coord { x, y });
    let straight = transform.is_identity() && georeference.is_affine();
    let (mut x, mut y) =
        if straight { corners.iter().map(|c| (c.x, c.y)).unzip() } else { densified(&corners) };
    georeference.to_ground(&mut x, &mut y);
    transform.forward(&mut x, &mut y);
    if x.iter().chain(&y).any(|v| !v.is_finite()) {
        return Err(Error::misuse("a part of the raster's outline has no place in that coordinate system"));
    }
    Ok(Polygon::new(x.into_iter().zip(y).map(|(x, y)| Coord { x, y }).collect(), Vec::new()))
}
