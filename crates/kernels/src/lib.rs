//! Neighbourhood mathematics on raster windows: gaussian, entropy, interaction, filters.
#![forbid(unsafe_code)]
