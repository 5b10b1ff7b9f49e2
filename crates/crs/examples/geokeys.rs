//! GeoKeys of coordinate systems: one definition a line on standard input, one line of JSON out.
//!
//! `echo EPSG:32633 | cargo run -p mucho-crs --example geokeys`

use std::io::BufRead as _;

use crs::{Crs, GeoKeyValue};

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]
fn main() -> std::io::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match Crs::parse(&line).and_then(|crs| crs.to_geokeys()) {
            Ok(keys) => {
                let entries: Vec<String> = keys
                    .entries
                    .iter()
                    .map(|(key, value)| match value {
                        GeoKeyValue::Short(v) => format!("\"{key}\":{v}"),
                        GeoKeyValue::Double(v) => format!("\"{key}\":{v:?}"),
                        GeoKeyValue::Ascii(v) => {
                            format!("\"{key}\":\"{}\"", v.replace('\\', "\\\\").replace('"', "\\\""))
                        }
                    })
                    .collect();
                let (a, b, c) = keys.version;
                println!("{{\"version\":[{a},{b},{c}],\"keys\":{{{}}}}}", entries.join(","));
            }
            Err(e) => {
                eprintln!("{line}: {e}");
                println!("null");
            }
        }
    }
    Ok(())
}
