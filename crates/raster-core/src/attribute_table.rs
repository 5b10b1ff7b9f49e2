//! Attribute tables of rasters: what is known of each value (GDAL's raster attribute tables).

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Texts.
    String,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeField {
    /// Its name.
    pub name: String,
    /// The type of its cells.
    pub kind: FieldKind,
    /// What it is for, by GDAL's number (`GDALRATFieldUsage`): 0 generic, 1 pixel count, 2 class name, 3 and 4 minimum and maximum of a
    /// range, 5 the value itself, 6 to 9 red, green, blue, alpha, …
    pub usage: u32,
}

/// Rows that tell of values. Cells are texts as the file has them: whole numbers, numbers and texts by the [kind](FieldKind) of their
/// column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeTable {
    /// The columns.
    pub fields: Vec<AttributeField>,
    /// The rows: a cell for each column.
    pub rows: Vec<Vec<String>>,
    /// Row 0 is about values from the first number on, each row about as many as the second says; texts of two numbers.
    pub linear_binning: Option<(String, String)>,
    /// Are the rows about classes, and not about a quantity?
    pub thematic: Option<bool>,
}
