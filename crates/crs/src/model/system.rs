//! A whole coordinate system: what readers return and writers take.

use std::borrow::Cow;

use super::{AreaOfUse, Form, Geodetic, Local, Name, Projected, Unit, Vertical};
use crate::error::{CrsError, ErrorKind, Location};
use crate::tables;

/// The sort of a coordinate system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrsKind {
    /// Longitude and latitude.
    Geographic2D,
    /// Longitude, latitude and ellipsoidal height.
    Geographic3D,
    /// Earth-centred x, y, z in metres.
    Geocentric,
    /// Easting and northing on a map projection.
    Projected,
    /// A horizontal and a vertical system together.
    Compound,
    /// Heights alone.
    Vertical,
    /// A local system with no known place on the Earth.
    Local,
}

#[derive(Clone, Debug)]
pub(crate) enum Horizontal {
    Geodetic(Box<Geodetic>),
    Projected(Box<Projected>),
    Local(Local),
    /// A vertical system alone.
    None,
}

/// Name and code of a compound system.
#[derive(Clone, Debug)]
pub(crate) struct Compound {
    pub(crate) name: Name,
    pub(crate) epsg: Option<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) horizontal: Horizontal,
    pub(crate) vertical: Option<Vertical>,
    pub(crate) compound: Option<Compound>,
    pub(crate) area: Option<AreaOfUse>,
}

impl Data {
    /// A system without heights.
    pub(crate) fn of_horizontal(horizontal: Horizontal, area: Option<AreaOfUse>) -> Data {
        Data { horizontal, vertical: None, compound: None, area }
    }

    /// The system of an EPSG code.
    pub(crate) fn of_epsg(code: u32) -> Result<Data, CrsError> {
        // what GDAL and others called web Mercator before it had a code
        if code == 900_913 {
            return Data::of_epsg(3857);
        }
        if let Some(row) = tables::projected(code) {
            if let Some(projected) = Projected::of_epsg(code)? {
                let horizontal = Horizontal::Projected(Box::new(projected));
                return Ok(Data::of_horizontal(horizontal, AreaOfUse::of_index(row.extent)));
            }
        } else if let Some(row) = tables::geodetic(code) {
            if let Some(geodetic) = Geodetic::of_epsg(code) {
                let horizontal = Horizontal::Geodetic(Box::new(geodetic));
                return Ok(Data::of_horizontal(horizontal, AreaOfUse::of_index(row.extent)));
            }
        } else if let Some(row) = tables::compound(code) {
            let horizontal = Data::of_epsg(u32::from(row.horizontal))?.horizontal;
            if let Some(vertical) = Vertical::of_epsg(u32::from(row.vertical)) {
                return Ok(Data {
                    horizontal,
                    vertical: Some(vertical),
                    compound: Some(Compound { name: Cow::Borrowed(row.name), epsg: Some(code) }),
                    area: AreaOfUse::of_index(row.extent),
                });
            }
        } else if let (Some(row), Some(vertical)) = (tables::vertical(code), Vertical::of_epsg(code)) {
            return Ok(Data {
                horizontal: Horizontal::None,
                vertical: Some(vertical),
                compound: None,
                area: AreaOfUse::of_index(row.extent),
            });
        }
        let what = format!("the built-in registry ({}) has no such coordinate system", tables::label());
        Err(CrsError::new(ErrorKind::UnknownCode, what).at(Location::Epsg(code)))
    }

    pub(crate) fn name(&self) -> &str {
        match (&self.compound, &self.horizontal) {
            (Some(compound), _) => &compound.name,
            (None, Horizontal::Geodetic(g)) => &g.name,
            (None, Horizontal::Projected(p)) => &p.name,
            (None, Horizontal::Local(l)) => &l.name,
            (None, Horizontal::None) => self.vertical.as_ref().map_or("", |v| &v.name),
        }
    }

    /// The EPSG code that the definition states.
    pub(crate) fn epsg(&self) -> Option<u32> {
        match &self.compound {
            Some(compound) => compound.epsg,
            None => self.horizontal_epsg().or(self.vertical.as_ref().and_then(|v| v.epsg)),
        }
    }

    /// The same of the horizontal part alone.
    pub(crate) fn horizontal_epsg(&self) -> Option<u32> {
        match &self.horizontal {
            Horizontal::Geodetic(g) => g.epsg,
            Horizontal::Projected(p) => p.epsg,
            Horizontal::Local(_) | Horizontal::None => None,
        }
    }

    pub(crate) fn kind(&self) -> CrsKind {
        match &self.horizontal {
            _ if self.compound.is_some() => CrsKind::Compound,
            Horizontal::Geodetic(g) => match g.form {
                Form::Geographic2D => CrsKind::Geographic2D,
                Form::Geographic3D => CrsKind::Geographic3D,
                Form::Geocentric => CrsKind::Geocentric,
            },
            Horizontal::Projected(_) => CrsKind::Projected,
            Horizontal::Local(_) => CrsKind::Local,
            Horizontal::None => CrsKind::Vertical,
        }
    }

    /// Whether the horizontal part is on a map projection.
    pub(crate) fn is_projected(&self) -> bool {
        matches!(self.horizontal, Horizontal::Projected(_))
    }

    /// The unit of the horizontal coordinates; of the heights where there are no others.
    pub(crate) fn unit(&self) -> &Unit {
        match &self.horizontal {
            Horizontal::Geodetic(g) => g.unit(),
            Horizontal::Projected(p) => p.unit(),
            Horizontal::Local(l) => &l.unit,
            Horizontal::None => self.vertical.as_ref().map_or(&Unit::METRE, |v| &v.axis.unit),
        }
    }

    /// The geographic system under a projected one; a geographic one as it is; none for the others.
    pub(crate) fn geographic(&self) -> Option<Data> {
        match &self.horizontal {
            Horizontal::Projected(p) => {
                let row = p.base.epsg.and_then(tables::geodetic);
                let area = row.and_then(|row| AreaOfUse::of_index(row.extent));
                Some(Data::of_horizontal(Horizontal::Geodetic(Box::new(p.base.clone())), area))
            }
            Horizontal::Geodetic(g) if g.form != Form::Geocentric => {
                Some(Data::of_horizontal(Horizontal::Geodetic(g.clone()), self.area.clone()))
            }
            _ => None,
        }
    }

    /// Whether the definition itself binds its datum to WGS 84.
    #[cfg(feature = "raster-core")]
    pub(crate) fn has_own_helmert(&self) -> bool {
        match &self.horizontal {
            Horizontal::Geodetic(g) => g.datum.to_wgs84.is_some(),
            Horizontal::Projected(p) => p.base.datum.to_wgs84.is_some(),
            Horizontal::Local(_) | Horizontal::None => false,
        }
    }

    /// Binds the datum to WGS 84 by the Helmert parameters of a method, whose name says which way rotations count; a system
    /// without a datum stays as it is.
    pub(crate) fn bind(&mut self, values: Option<[f64; 7]>, method: &str) {
        let turned = method.to_ascii_lowercase().contains("coordinate frame");
        let values = values.map(|mut v| {
            if turned {
                v[3..6].iter_mut().for_each(|r| *r = -*r);
            }
            v
        });
        match &mut self.horizontal {
            Horizontal::Geodetic(g) => g.datum.to_wgs84 = values,
            Horizontal::Projected(p) => p.base.datum.to_wgs84 = values,
            Horizontal::Local(_) | Horizontal::None => {}
        }
    }
}
