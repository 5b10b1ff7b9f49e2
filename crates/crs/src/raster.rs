//! The words of `raster-core`: its error, its way to name a system.

use raster_core::{CrsRef, Error};

use crate::definition::Crs;
use crate::error::{CrsError, ErrorKind};

/// The same message under the kind that says who must act: the caller for a definition that cannot be used, this
/// library's limits, or nobody where a method is not computed or no operation exists.
///
/// ```
/// use raster_core::ErrorKind;
///
/// fn open(text: &str) -> raster_core::Result<crs::Crs> {
///     Ok(crs::Crs::parse(text)?)
/// }
/// assert_eq!(open("EPSG:1").unwrap_err().kind(), ErrorKind::Misuse);
/// ```
impl From<CrsError> for Error {
    fn from(error: CrsError) -> Error {
        let kind = match error.kind() {
            ErrorKind::Malformed | ErrorKind::Invalid | ErrorKind::UnknownCode | ErrorKind::Argument => {
                raster_core::ErrorKind::Misuse
            }
            ErrorKind::Unsupported | ErrorKind::NoOperation => raster_core::ErrorKind::Unsupported,
            ErrorKind::Limit => raster_core::ErrorKind::Limit,
        };
        Error::new(kind, error.to_string())
    }
}

/// The system that a raster names.
///
/// ```
/// use crs::Crs;
/// use raster_core::CrsRef;
///
/// assert_eq!(Crs::try_from(&CrsRef::Epsg(3035))?.epsg(), Some(3035));
/// assert_eq!(Crs::try_from(&CrsRef::definition("+proj=utm +zone=33 +datum=WGS84"))?.identify(), Some(32633));
/// # Ok::<(), crs::CrsError>(())
/// ```
impl TryFrom<&CrsRef> for Crs {
    type Error = CrsError;
    fn try_from(named: &CrsRef) -> Result<Crs, CrsError> {
        match named {
            CrsRef::Epsg(code) => Crs::from_epsg(*code),
            CrsRef::Definition(text) => Crs::parse(text),
        }
    }
}

/// What a raster calls a system: the code that the definition states, else WKT. WKT1 where the definition has Helmert
/// parameters of its own, which a code would lose.
///
/// ```
/// use crs::Crs;
/// use raster_core::CrsRef;
///
/// assert_eq!(CrsRef::from(&Crs::from_epsg(3035)?), CrsRef::Epsg(3035));
/// let own = Crs::parse("+proj=longlat +ellps=bessel +towgs84=598.1,73.7,418.2,0.202,0.045,-2.455,6.7")?;
/// assert_eq!(Crs::try_from(&CrsRef::from(&own))?, own);
/// # Ok::<(), crs::CrsError>(())
/// ```
impl From<&Crs> for CrsRef {
    fn from(crs: &Crs) -> CrsRef {
        let by_helmert = || CrsRef::definition(&crs.to_wkt1().unwrap_or_else(|_| crs.to_wkt2()));
        match crs.epsg() {
            _ if crs.data().has_own_helmert() => by_helmert(),
            Some(code) => CrsRef::Epsg(code),
            None => CrsRef::definition(&crs.to_wkt2()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_who_must_act_and_keep_their_words() {
        use raster_core::ErrorKind as Kind;
        let cases = [
            ("EPSG:1", Kind::Misuse),
            ("GEOGCS[", Kind::Misuse),
            ("TDATUM[\"x\"]", Kind::Unsupported),
            ("+proj=nothing", Kind::Unsupported),
        ];
        for (text, kind) in cases {
            let error = Crs::parse(text).unwrap_err();
            let converted = Error::from(error.clone());
            assert_eq!((converted.kind(), converted.message()), (kind, error.to_string().as_str()), "{text}");
        }
        let long = " ".repeat(1 << 21);
        assert_eq!(Error::from(Crs::parse(&long).unwrap_err()).kind(), Kind::Limit);
    }
}
