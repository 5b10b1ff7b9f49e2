//! `mucho edit`: what a file says about its raster, changed in place.

use crate::{
    Global,
    input::{Files, ReadArgs},
};
use geotiff_io::edit;
use mucho::pipeline::{Describe, NodataAs, read, with_nodata};
use raster_core::{Error, Result};
use std::{io::Write, path::PathBuf};

/// Arguments of `mucho edit`.
#[derive(clap::Args, Debug)]
#[command(
    mut_arg("assign_crs", |a| a.visible_alias("crs")),
    mut_arg("assign_transform", |a| a.visible_alias("transform")),
    mut_arg("assign_bounds", |a| a.visible_alias("bounds")),
    after_help = "\
The file is changed in place, and no pixel is touched (blocks that a sparse file leaves out read as nodata, whatever that is). What a .aux.xml beside it says of the same things is taken out of that. A COG
is no longer one afterwards, and says so (mucho cog FILE OUT with the same options makes one).

Examples:
  mucho edit dem.tif --crs EPSG:25832 --nodata -9999
  mucho edit dem.tif --scale 0.1 --unit m --description height
  mucho edit scan.tif --bounds 500000,5190000,510000,5200000
  mucho edit classes.tif --color-table colors.txt --metadata TITLE=\"Land cover\"
  mucho edit dem.tif --unset nodata,statistics,metadata:TITLE"
)]
pub(crate) struct Args {
    /// File to change
    file: PathBuf,
    #[command(flatten)]
    describe: Describe,
    /// State this nodata value; none takes it away. Pixels are not changed
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true, help_heading = "Description", value_parser = read::<NodataAs>)]
    nodata: Option<NodataAs>,
    /// State this metadata item; may be given several times
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Description", value_parser = parse_item)]
    metadata: Vec<(String, String)>,
    /// Which image of a file with several: its place among the directories, from 0
    #[arg(long, value_name = "N", default_value_t = 0)]
    directory: usize,
}

pub(crate) fn run(args: &Args, global: &Global) -> Result<()> {
    let files = Files::for_workers(&ReadArgs::default(), global);
    let mut edits = with_nodata(args.describe.edits(&files)?, args.nodata)?;
    edits.metadata.clone_from(&args.metadata);
    if edits.is_empty() {
        return Err(Error::misuse(
            "nothing is to be changed: name what the file shall say, such as --crs or --unset",
        ));
    }
    let edited = edit(&args.file, &edits, args.directory)?;
    let mut notes = edited.notes;
    if !edited.changed {
        notes.push("all that is already so; the file is as it was".to_owned());
    }
    for note in notes.iter().filter(|_| !global.quiet) {
        writeln!(std::io::stderr(), "mucho: {}: {note}", args.file.display())?;
    }
    Ok(())
}

/// `KEY=VALUE`.
pub(crate) fn parse_item(text: &str) -> std::result::Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(key, _)| !key.is_empty());
    let (key, value) = parts.ok_or_else(|| format!("'{text}': KEY=VALUE is expected"))?;
    Ok((key.to_owned(), value.to_owned()))
}
