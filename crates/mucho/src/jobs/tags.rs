//! How bands are tagged and outputs named.

use kernels::Category;
use raster_core::{Error, RasterInfo, Result};
use std::path::{Path, PathBuf};

/// The metadata domain of the tags.
pub const DOMAIN: &str = "GEORACOON";

/// The domain that older versions of convster used; read, never written.
const OLD_DOMAIN: &str = "LANDIV";

/// A category as a tag holds it: a JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryTag(serde_json::Value);

impl CategoryTag {
    /// A name: `"forest"`.
    #[must_use]
    pub fn name(name: &str) -> Self {
        Self(name.into())
    }
    /// A category's value, or the list of its values.
    #[must_use]
    pub fn of(category: &Category) -> Self {
        let values: Vec<serde_json::Value> = category.values().iter().map(|&v| number(v)).collect();
        match <[serde_json::Value; 1]>::try_from(values) {
            Ok([one]) => Self(one),
            Err(several) => Self(several.into()),
        }
    }
    /// From a tag's text, or what a person types: JSON where it is JSON, else a name.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap_or_else(|_| text.into()))
    }
    /// The tag's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.to_string()
    }
    /// For descriptions: `3`, `forest`, `3_5`.
    #[must_use]
    pub fn to_label(&self) -> String {
        match &self.0 {
            serde_json::Value::String(name) => name.clone(),
            serde_json::Value::Array(values) => {
                values.iter().map(ToString::to_string).collect::<Vec<_>>().join("_")
            }
            other => other.to_string(),
        }
    }
}

/// Whole numbers without a fraction, as Python's `json.dumps(3)`.
fn number(value: f64) -> serde_json::Value {
    if value.fract() == 0.0 && value.abs() < 9e15 { (value as i64).into() } else { value.into() }
}

/// The category that a band (from 1) is tagged with.
#[must_use]
pub fn category_of(info: &RasterInfo, band: usize) -> Option<CategoryTag> {
    [DOMAIN, OLD_DOMAIN]
        .iter()
        .find_map(|d| info.metadata.get(d, Some(band), "category"))
        .map(CategoryTag::parse)
}

/// The bands that are tagged with these categories, in their order.
///
/// # Errors
/// `Misuse` when no band, or more than one, has a category; the message lists those that there are.
pub fn bands_of_categories(info: &RasterInfo, categories: &[CategoryTag]) -> Result<Vec<usize>> {
    let tags: Vec<_> = info.all_bands().into_iter().map(|band| (band, category_of(info, band))).collect();
    categories
        .iter()
        .map(|wanted| {
            let found: Vec<usize> =
                tags.iter().filter(|(_, tag)| tag.as_ref() == Some(wanted)).map(|(band, _)| *band).collect();
            match found[..] {
                [band] => Ok(band),
                [] => {
                    let known: Vec<_> =
                        tags.iter().flat_map(|(_, tag)| tag).map(CategoryTag::to_json).collect();
                    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                    Err(Error::misuse(format!(
                        "no band is tagged with the category {}; tagged are: {known}",
                        wanted.to_json()
                    )))
                }
                _ => Err(Error::misuse(format!(
                    "the bands {found:?} are all tagged with the category {}",
                    wanted.to_json()
                ))),
            }
        })
        .collect()
}

/// The output's name when none is given, as convster makes it: `<stem>_<what>_<name>_<value>….tif`, values rounded to
/// whole numbers, halves to even.
#[must_use]
pub fn default_name(source: &Path, what: &str, parameters: &[(&str, f64)]) -> PathBuf {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}_{what}");
    for (parameter, value) in parameters {
        name.push_str(&format!("_{parameter}_{}", value.round_ties_even()));
    }
    name.push_str(".tif");
    source.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use raster_core::DataType;

    #[test]
    fn tags_are_json_values() {
        assert_eq!(CategoryTag::of(&Category::value(3.0)).to_json(), "3");
        assert_eq!(CategoryTag::of(&Category::set([3.0, 5.5])).to_json(), "[3,5.5]");
        assert_eq!(CategoryTag::of(&Category::set([3.0, 5.0])).to_label(), "3_5");
        assert_eq!(CategoryTag::parse("forest"), CategoryTag::parse("\"forest\""));
        assert_eq!(CategoryTag::name("forest").to_json(), "\"forest\"");
    }

    #[test]
    fn bands_are_found_by_their_tags() {
        let mut info = RasterInfo::new(1, 1, 3, DataType::U8);
        info.metadata.set(DOMAIN, Some(1), "category", "3");
        info.metadata.set(OLD_DOMAIN, Some(3), "category", "\"forest\"");
        let find = |names: &[&str]| {
            bands_of_categories(&info, &names.iter().map(|n| CategoryTag::parse(n)).collect::<Vec<_>>())
        };
        assert_eq!(find(&["forest", "3"]).unwrap(), [3, 1]);
        assert!(find(&["4"]).unwrap_err().to_string().contains("tagged are: 3, \"forest\""));
        info.metadata.set(DOMAIN, Some(2), "category", "3");
        assert!(bands_of_categories(&info, &[CategoryTag::parse("3")]).is_err());
    }

    #[test]
    fn names_round_halves_to_even() {
        let name = default_name(
            Path::new("a/x.tif"),
            "entropy",
            &[("sigma", 1.4), ("diameter", 10.0), ("truncate", 2.5)],
        );
        assert_eq!(name, Path::new("a/x_entropy_sigma_1_diameter_10_truncate_2.tif"));
    }
}
