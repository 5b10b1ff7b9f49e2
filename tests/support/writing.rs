//! Every command that writes a file, as the tests of outputs run them.

use super::{Folder, MUCHO, fixture, ok};
use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The inputs that the commands below read.
pub(crate) struct Inputs {
    folder: Folder,
    /// Categories.
    pub(crate) classes: PathBuf,
    /// Heights.
    pub(crate) heights: PathBuf,
}

impl Inputs {
    /// `small`: for tests of where an output goes; else large enough to be interrupted.
    pub(crate) fn new(name: &str, small: bool) -> Self {
        let folder = Folder::new(name);
        let (classes, heights) = (folder.file("classes.tif"), folder.file("heights.tif"));
        for (from, to) in [("landcover.tif", &classes), ("elevation.tif", &heights)] {
            if small {
                let by = |f: &str| f.to_owned();
                let window = format!("read {} ! write {} --block-size 16", by(&fixture(from)), to.display());
                let whole = folder.word("whole.tif");
                ok(&["pipe", &window, "--output", &whole]);
                let info = ok(&["info", "--json", &whole]).stdout;
                let info: serde_json::Value = serde_json::from_slice(&info).unwrap();
                let transform: Vec<f64> =
                    info["transform"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
                let (x, y, dx, dy) = corner(&transform);
                let bounds = format!("{},{},{},{}", x, y - 90.0 * dy, x + 120.0 * dx, y);
                ok(&["clip", &whole, to.to_str().unwrap(), "--bounds", &bounds, "--block-size", "16", "-q"]);
                std::fs::remove_file(whole).unwrap();
            } else {
                std::fs::copy(fixture(from), to).unwrap();
            }
        }
        std::fs::write(
            folder.file("job.toml"),
            "inputs = \"classes.tif\"\n[output]\npath = \"none.tif\"\n[[steps]]\nwarp = { crs = \"EPSG:3857\" }\n",
        )
        .unwrap();
        Self { folder, classes, heights }
    }
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.0
    }
    /// A place for scratch files, which must stay empty.
    pub(crate) fn scratch(&self) -> PathBuf {
        let scratch = self.folder.file("scratch");
        std::fs::create_dir_all(&scratch).unwrap();
        scratch
    }
}

/// Left, top, and the size of a pixel, of a transform as GDAL or as affine has it.
fn corner(t: &[f64]) -> (f64, f64, f64, f64) {
    // a, b, c, d, e, f of affine: the second is 0 in both; in GDAL's order the pixel's width is the second.
    if t[1] == 0.0 { (t[2], t[5], t[0], -t[4]) } else { (t[0], t[3], t[1], -t[5]) }
}

/// A command by name, and the words before and after its output.
pub(crate) struct Writing {
    pub(crate) name: &'static str,
    before: Vec<String>,
    after: Vec<String>,
    /// Ending of what it writes.
    pub(crate) ending: &'static str,
    /// Has it `--journal`?
    pub(crate) journal: bool,
    /// Is the output a word of its own, which may be any bytes?
    pub(crate) any_name: bool,
    /// Is the output changed in place?
    pub(crate) in_place: bool,
}

impl Writing {
    pub(crate) fn command(&self, output: &OsStr, inputs: &Inputs) -> Command {
        let mut command = Command::new(MUCHO);
        command.arg("--quiet").args(&self.before);
        match self.name {
            // The path is within the line.
            "tee" => {
                let line = self.after[0].replace("OUTPUT", output.to_str().unwrap());
                command.arg(line);
            }
            _ => {
                command.arg(output).args(&self.after);
            }
        }
        command
            .env("TMPDIR", inputs.scratch())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }
    pub(crate) fn name(&self) -> String {
        format!("o.{}", self.ending)
    }
}

/// All of them.
pub(crate) fn commands(inputs: &Inputs) -> Vec<Writing> {
    let (a, h) = (inputs.classes.to_str().unwrap(), inputs.heights.to_str().unwrap());
    let elsewhere = inputs.folder().join("elsewhere.tif");
    let job = inputs.folder().join("job.toml");
    let (elsewhere, job) = (elsewhere.to_str().unwrap(), job.to_str().unwrap());
    let new = |name, before: &[&str], after: &[&str]| Writing {
        name,
        before: before.iter().map(|s| (*s).to_owned()).collect(),
        after: after.iter().map(|s| (*s).to_owned()).collect(),
        ending: "tif",
        journal: false,
        any_name: true,
        in_place: false,
    };
    let mut all = vec![
        new("cog", &["cog", a], &["-c", "zstd"]),
        new("convert", &["convert", a], &["--plain", "-c", "none"]),
        new("warp", &["warp", a], &["--crs", "EPSG:3857"]),
        new("merge", &["merge", h, h], &[]),
        new("coregister", &["coregister", h], &["--like", a]),
        new("clip", &["clip", a], &["--bounds", "0,0,9999999,9999999"]),
        new("pipe", &["pipe"], &[]),
        new("run", &["run", job, "--output"], &[]),
        new("tee", &["pipe"], &[&format!("read {a} ! tee OUTPUT ! select --bands 1 ! write {elsewhere}")]),
    ];
    all[6].before =
        ["pipe", &format!("read {h} ! focal slope ! write none.tif"), "--output"].map(str::to_owned).to_vec();
    let jobs = [
        new("gaussian", &["gaussian", a], &["--sigma", "3"]),
        new("entropy", &["entropy", a], &["--sigma", "6"]),
        new("interaction", &["interaction", a], &["--categories", "10,40", "--sigma", "3"]),
        new("extract", &["extract", a], &["--categories", "10,40"]),
        new("filter", &["filter", h], &["--sigma", "3"]),
        new("focal", &["focal", h], &["slope"]),
        new("calc", &["calc", "A * 2", &format!("A={h}")], &[]),
    ];
    all.extend(jobs.into_iter().map(|w| Writing { journal: true, ..w }));
    all.push(Writing { ending: "png", ..new("preview", &["preview", h], &[]) });
    all.push(Writing { ending: "raw", ..new("dump", &["dump", h, "--raw"], &[]) });
    all.push(Writing { in_place: true, ..new("overviews", &["overviews"], &["--levels", "2,4"]) });
    for w in &mut all {
        w.any_name = w.name != "tee";
    }
    all
}

/// A name of 250 bytes.
pub(crate) fn long_name(ending: &str) -> OsString {
    format!("{}.{ending}", "n".repeat(249 - ending.len())).into()
}
