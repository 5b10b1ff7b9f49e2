//! From a type known at run time to code that is generic over it.

/// Run code with the array inside an [`AnyArray`](crate::AnyArray), [`AnyView`](crate::AnyView) or
/// [`AnyViewMut`](crate::AnyViewMut), whatever its type.
///
/// ```
/// use raster_core::{AnyArray, DataType, with_array};
/// let any = AnyArray::zeros(DataType::F32, (1, 2, 3));
/// assert_eq!(with_array!(AnyArray, &any, a => a.len()), 6);
/// ```
#[macro_export]
macro_rules! with_array {
    ($kind:ident, $any:expr, $name:pat => $body:expr) => {
        match $any {
            $crate::$kind::U8($name) => $body,
            $crate::$kind::I8($name) => $body,
            $crate::$kind::U16($name) => $body,
            $crate::$kind::I16($name) => $body,
            $crate::$kind::U32($name) => $body,
            $crate::$kind::I32($name) => $body,
            $crate::$kind::U64($name) => $body,
            $crate::$kind::I64($name) => $body,
            $crate::$kind::F16($name) => $body,
            $crate::$kind::F32($name) => $body,
            $crate::$kind::F64($name) => $body,
            $crate::$kind::CI16($name) => $body,
            $crate::$kind::CI32($name) => $body,
            $crate::$kind::CF32($name) => $body,
            $crate::$kind::CF64($name) => $body,
        }
    };
}

/// Run code with a name bound to the Rust type of a [`DataType`](crate::DataType).
///
/// ```
/// use raster_core::{DataType, Sample, with_type};
/// assert_eq!(with_type!(DataType::U16, T => size_of::<T>()), 2);
/// ```
#[macro_export]
macro_rules! with_type {
    ($data_type:expr, $name:ident => $body:expr) => {
        match $data_type {
            $crate::DataType::U8 => {
                type $name = u8;
                $body
            }
            $crate::DataType::I8 => {
                type $name = i8;
                $body
            }
            $crate::DataType::U16 => {
                type $name = u16;
                $body
            }
            $crate::DataType::I16 => {
                type $name = i16;
                $body
            }
            $crate::DataType::U32 => {
                type $name = u32;
                $body
            }
            $crate::DataType::I32 => {
                type $name = i32;
                $body
            }
            $crate::DataType::U64 => {
                type $name = u64;
                $body
            }
            $crate::DataType::I64 => {
                type $name = i64;
                $body
            }
            $crate::DataType::F16 => {
                type $name = $crate::F16;
                $body
            }
            $crate::DataType::F32 => {
                type $name = f32;
                $body
            }
            $crate::DataType::F64 => {
                type $name = f64;
                $body
            }
            $crate::DataType::CI16 => {
                type $name = $crate::Complex<i16>;
                $body
            }
            $crate::DataType::CI32 => {
                type $name = $crate::Complex<i32>;
                $body
            }
            $crate::DataType::CF32 => {
                type $name = $crate::Complex<f32>;
                $body
            }
            $crate::DataType::CF64 => {
                type $name = $crate::Complex<f64>;
                $body
            }
        }
    };
}
