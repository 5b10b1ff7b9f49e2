//! Pipelines: every spelling means the same, what is wrong is said with its place, and the document tells the truth.

mod support;

use geotiff_io::Dataset;
use mucho::pipeline::*;
use raster_core::{RasterSource, Resampling, Result, Window};
use std::{path::Path, sync::Arc};
use support::Folder;

fn fixture(name: &str) -> String {
    format!("{}/../../fixtures/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn open(location: &str) -> Result<Arc<dyn RasterSource>> {
    Ok(Arc::new(Dataset::open(location)?))
}

fn run(pipeline: &Pipeline) {
    pipeline
        .run(&open, &Hooks::default())
        .unwrap_or_else(|e| panic!("{e:#}\n{}", pipeline.to_toml().unwrap()));
}

/// One job in four spellings; `OUT` stands for the file that is written.
struct Spellings {
    toml: &'static str,
    line: &'static str,
    built: Pipeline,
}

fn all_steps() -> Vec<Spellings> {
    let read = |name: &str| Pipeline::read(fixture(name).as_str());
    vec![
        Spellings {
            toml: "inputs = 'FIX/elevation.tif'\n[[steps]]\nwarp = { crs = 'EPSG:3857', res = 20, resampling = 'bilinear' }\n\
                   [[steps]]\ngaussian = { sigma = '60m', dtype = 'f32' }\n[[steps]]\nfocal = { what = 'slope' }\n\
                   [[steps]]\nselect = { dtype = 'f64' }",
            line: "read FIX/elevation.tif ! warp --crs EPSG:3857 --res 20 -r bilinear ! gaussian --sigma 60m --dtype f32 ! \
                   focal slope ! select --dtype f64",
            built: read("elevation.tif")
                .step(
                    Warp::default()
                        .crs("EPSG:3857")
                        .res(Resolution { x: 20.0, y: 20.0 })
                        .resampling(Resampling::Bilinear),
                )
                .step(Gaussian::default().sigma(Length::MapUnits(60.0)).dtype(raster_core::DataType::F32))
                .step(Focal::default().what(FocalMeasure::Slope))
                .step(Select::default().dtype(raster_core::DataType::F64)),
        },
        Spellings {
            toml: "input = 'FIX/landcover.tif'\ncompress = 'zstd'\n[[step]]\nclip = { bounds = [503000, 5165000, 506000, 5168000] }\n\
                   [[step]]\nextract = { categories = [10, 40, '20+30'], sigma = 3, dtype = 'f32' }\n\
                   [[step]]\nfilter = { sigma = 2, bands = [1, 2] }\n[[step]]\ninteraction = { bands = [1, 2] }",
            line: "read FIX/landcover.tif ! clip --bounds 503000,5165000,506000,5168000 ! \
                   extract --categories 10,40,20+30 --sigma 3 --dtype f32 ! filter --sigma 2 --bands 1,2 ! interaction --bands 1,2",
            built: read("landcover.tif")
                .step(Clip::default().bounds(raster_core::Bounds::new(
                    503_000.0,
                    5_165_000.0,
                    506_000.0,
                    5_168_000.0,
                )))
                .step(
                    Extract::default().categories("10,40,20+30").sigma(3.0).dtype(raster_core::DataType::F32),
                )
                .step(Filter::default().sigma(2.0).bands([1, 2]))
                .step(Interaction::default().bands([1, 2])),
        },
        Spellings {
            toml: "inputs = ['FIX/landcover.tif', { path = 'FIX/landcover.tif', name = 'other' }]\n\
                   [[steps]]\nmosaic = { method = 'max' }\n[[steps]]\ncalc = 'where(A == 40, 1, 0)'\n\
                   [[steps]]\nentropy = { sigma = 4, measure = 'simpson' }",
            line: "read FIX/landcover.tif ! read other=FIX/landcover.tif ! mosaic --method max ! calc 'where(A == 40, 1, 0)' ! \
                   entropy --sigma 4 --measure simpson",
            built: read("landcover.tif")
                .input(Input::from(fixture("landcover.tif").as_str()).name("other"))
                .step(Mosaic::default().method(Method::Max))
                .step(Calc::default().expression("where(A == 40, 1, 0)"))
                .step(Entropy::default().sigma(4.0).measure(DiversityMeasure::Simpson)),
        },
        Spellings {
            toml: "[[inputs]]\npath = 'FIX/landcover.tif'\n[[inputs]]\npath = 'FIX/elevation.tif'\nname = 'E'\n\
                   steps = [{ warp = { like = 'FIX/landcover.tif' } }]\n[[steps]]\ncalc = { expression = 'where(A == 10, E, 0)', dtype = 'f32' }\n\
                   [[steps]]\nread = { path = 'FIX/elevation.tif', steps = [{ warp = { like = 'FIX/landcover.tif' } }, { select = { dtype = 'f32' } }] }\n\
                   [[steps]]\nstack = {}",
            line: "read FIX/landcover.tif ! read E=FIX/elevation.tif [ warp --like FIX/landcover.tif ] ! \
                   calc 'where(A == 10, E, 0)' --dtype f32 ! \
                   read FIX/elevation.tif [ warp --like FIX/landcover.tif ! select --dtype f32 ] ! stack",
            built: {
                let warp = || Warp::default().like(fixture("landcover.tif"));
                let heights = || Input::from(fixture("elevation.tif").as_str());
                let second = heights()
                    .steps([warp().into(), Select::default().dtype(raster_core::DataType::F32).into()]);
                read("landcover.tif")
                    .input(heights().name("E").steps([warp().into()]))
                    .step(
                        Calc::default().expression("where(A == 10, E, 0)").dtype(raster_core::DataType::F32),
                    )
                    .step(Step::Read(Box::new(second)))
                    .step(Stack::default())
            },
        },
    ]
}

#[test]
fn one_job_in_every_spelling_gives_the_same_bytes() {
    let folder = Folder::new("spellings");
    let mut used: Vec<&str> = Vec::new();
    for (number, job) in all_steps().into_iter().enumerate() {
        let out = |kind: &str| folder.file(&format!("{number}-{kind}.tif")).display().to_string();
        let text = |text: &str| text.replace("FIX", &fixture(""));
        let zstd = |path: &str| Output::from(path).compress(geotiff_io::Compression::Zstd);
        let built = |kind: &str| job.built.clone().write(zstd(&out(kind)));
        let toml = |kind: &str| {
            let stated = if job.toml.contains("compress") { "" } else { "compress = 'zstd'\n" };
            Pipeline::from_toml(&text(&format!("output = '{}'\n{stated}{}", out(kind), job.toml))).unwrap()
        };
        let line =
            Pipeline::from_line(&text(&format!("{} ! write {} -c zstd", job.line, out("line")))).unwrap();
        let plain = |p: &Pipeline| p.to_json().unwrap().replace("//", "/");
        let same = |a: &Pipeline, kind: &str| assert_eq!(plain(a), plain(&built(kind)), "{number} {kind}");
        same(&toml("toml"), "toml");
        same(&line, "line");
        let json = Pipeline::from_json(&built("json").to_json().unwrap()).unwrap();
        assert_eq!(json, built("json"));
        let again = Pipeline::from_toml(&built("again").to_toml().unwrap()).unwrap();
        assert_eq!(again, built("again"));
        for pipeline in [toml("toml"), line, json, built("library")] {
            run(&pipeline);
        }
        let bytes = |kind: &str| std::fs::read(out(kind)).unwrap();
        for kind in ["line", "json", "library"] {
            assert!(bytes(kind) == bytes("toml"), "{number} {kind}");
        }
        // The lazy view has the pixels of the file.
        let view = job.built.open(&open).unwrap();
        let file = Dataset::open(out("toml")).unwrap();
        let window = Window::new(37, 41, 150, 90);
        let bands = view.info().all_bands();
        let [seen, stored] =
            [&*view, &file as &dyn RasterSource].map(|s| s.read_masked(&bands, &window).unwrap());
        assert_eq!(seen.mask, stored.mask, "{number}");
        assert_eq!(seen.data.data_type(), stored.data.data_type(), "{number}");
        let [seen, stored] = [seen, stored].map(|read| read.data.convert::<f64>());
        // NaN is NaN.
        let same = seen.iter().zip(&stored).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
        assert!(same, "{number}");
        used.extend(job.built.steps.iter().map(Step::name));
    }
    let missing: Vec<_> = Step::NAMES.iter().filter(|n| **n != "tee" && !used.contains(n)).collect();
    assert!(missing.is_empty(), "no job has {missing:?}");
}

/// A chain in one pipeline equals its steps through files.
#[test]
fn a_chain_equals_its_steps_through_files() {
    let folder = Folder::new("chain");
    let path = |name: &str| folder.file(name).display().to_string();
    let pixels = |path: &str| {
        let file = Dataset::open(path).unwrap();
        let info = file.info().clone();
        (file.read_masked(&info.all_bands(), &info.window()).unwrap(), info.crs.clone(), info.transform)
    };
    let steps: [Step; 3] = [
        // No overviews: a file that is made on the way has some that a view has not.
        Warp::default().crs("EPSG:3857").resampling(Resampling::Cubic).ovr(OverviewUse::None).into(),
        Gaussian::default().sigma(3.0).into(),
        Focal::default().what(FocalMeasure::Hillshade).into(),
    ];
    let mut from = fixture("elevation.tif");
    for (i, step) in steps.iter().enumerate() {
        let to = path(&format!("{i}.tif"));
        run(&Pipeline::read(from.as_str()).step(step.clone()).write(to.as_str()));
        from = to;
    }
    let mut whole = Pipeline::read(fixture("elevation.tif").as_str());
    whole.steps = steps.into();
    let tee = |i: usize| Step::Tee(Box::new(Output::from(path(&format!("tee{i}.tif")).as_str())));
    whole.steps.insert(2, tee(1));
    whole.steps.insert(1, tee(0));
    run(&whole.write(path("whole.tif").as_str()));
    assert_eq!(pixels(&path("whole.tif")), pixels(&from));
    for i in [0, 1] {
        let (tee, file) = (path(&format!("tee{i}.tif")), path(&format!("{i}.tif")));
        assert!(std::fs::read(tee).unwrap() == std::fs::read(file).unwrap(), "{i}");
    }
}

/// Memory, threads and windows change no byte, and a small budget is kept to by the plan.
#[test]
fn how_a_job_runs_changes_nothing() {
    let folder = Folder::new("how");
    let job = Pipeline::from_line(&format!(
        "read {} ! warp --crs EPSG:3857 -r cubic ! gaussian --sigma 4 ! focal std --radius 3",
        fixture("elevation.tif")
    ))
    .unwrap();
    let mut all = Vec::new();
    for (i, run_with) in
        ["--memory 80MB --threads 1", "--memory 300MB --threads 3 --window 200x130"].iter().enumerate()
    {
        let path = folder.file(&format!("{i}.tif")).display().to_string();
        let how = Pipeline::from_line(&format!("read x ! write {path} {run_with}")).unwrap();
        let pipeline = job.clone().write(how.output.clone().unwrap()).run_with(how.run.clone());
        let plans = pipeline.plan(&open).unwrap();
        assert_eq!(plans.len(), 1);
        assert!(plans[0].total() <= how.run.memory.0, "{}", plans[0]);
        assert_eq!(plans[0].steps.len(), 3);
        assert!(plans[0].steps[0].cache > 0 && plans[0].steps[0].held > 0);
        assert!(plans[0].to_string().contains("step 2 (gaussian)"), "{}", plans[0]);
        run(&pipeline);
        all.push(std::fs::read(path).unwrap());
    }
    assert!(all[0] == all[1]);
    let small = Pipeline::from_line("read x ! write y --memory 100kB").unwrap().run;
    let refused = job.write("y").run_with(small).plan(&open).unwrap_err();
    assert_eq!(refused.kind(), raster_core::ErrorKind::Limit, "{refused:#}");
}

/// What is missing after a warp stays missing, whatever writes the file.
#[test]
fn validity_goes_along() {
    let folder = Folder::new("validity");
    let missing = |path: &Path| {
        let file = Dataset::open(path).unwrap();
        let mask = file.read_mask_window(&[1], &file.info().window()).unwrap();
        mask.iter().filter(|m| **m == 0).count()
    };
    let warp = || Pipeline::read(fixture("aerial.tif").as_str()).step(Warp::default().crs("EPSG:3857"));
    let (a, b, c) = (folder.file("a.tif"), folder.file("b.tif"), folder.file("c.tif"));
    run(&warp().write(a.to_str().unwrap()));
    run(&warp().step(Select::default().bands([2, 1])).write(b.to_str().unwrap()));
    run(&warp()
        .step(Calc::default().expression("A[2] + 1").dtype(raster_core::DataType::F32))
        .write(c.to_str().unwrap()));
    assert_eq!(missing(&a), 202);
    assert_eq!(missing(&b), 202);
    assert_eq!(missing(&c), 202);
}

/// Wrong documents and lines: each message names the part and the key.
#[test]
fn what_is_wrong_is_said_with_its_place() {
    let base = "inputs = 'a.tif'\noutput = 'b.tif'\n";
    let steps = |text: &str| format!("{base}[[steps]]\nclip = {{ bounds = '1,2,3,4' }}\n[[steps]]\n{text}");
    // TOML, and what the message has to hold.
    let documents: Vec<(String, &[&str])> = vec![
        (
            steps("warp = { resampling = 'biliner' }"),
            &[
                "line 6",
                "step 2 (warp)",
                "key `resampling`",
                "'biliner' is none of nearest, bilinear",
                "did you mean bilinear?",
            ],
        ),
        (
            steps("warp = { resampeling = 'cubic' }"),
            &["step 2 (warp)", "key `resampeling`", "did you mean resampling?"],
        ),
        (steps("warp = { crs = 'EPSG:99999999' }"), &["step 2 (warp)", "key `crs`"]),
        (steps("warp = { res = 'ten' }"), &["step 2 (warp)", "key `res`", "one number is expected"]),
        (steps("warp = { res = 0 }"), &["step 2 (warp)", "key `res`", "above 0"]),
        (steps("warp = { res = 10, size = '20x30' }"), &["step 2 (warp)", "key `res`", "size"]),
        (
            steps("warp = { web_tiles = true, crs = 'EPSG:3857' }"),
            &["step 2 (warp)", "key `crs`", "web_tiles"],
        ),
        (steps("warp = { zoom = 3 }"), &["step 2 (warp)", "key `zoom`", "only with `web_tiles`"]),
        (steps("warp = { bounds = [1, 2, 3] }"), &["step 2 (warp)", "key `bounds`", "four numbers"]),
        (steps("warp = { bands = [0] }"), &["step 2 (warp)", "key `bands`", "from 1"]),
        (steps("warp = { align = 'maybe' }"), &["step 2 (warp)", "key `align`", "neither true nor false"]),
        (steps("warp = { crs = { a = 1 } }"), &["step 2 (warp)", "key `crs`"]),
        (steps("warp = 3"), &["step 2 (warp)", "table of keys, not a number"]),
        (steps("gaussian = { }"), &["step 2 (gaussian)", "key `sigma`"]),
        (steps("gaussian = { sigma = -1 }"), &["step 2 (gaussian)", "key `sigma`", "above 0"]),
        (steps("gaussian = { sigma = '5 miles' }"), &["step 2 (gaussian)", "key `sigma`", "no length"]),
        (
            steps("gaussian = { sigma = 3, border = 'mirrored' }"),
            &["step 2 (gaussian)", "key `border`", "did you mean mirror?"],
        ),
        (steps("gaussian = { sigma = 3, dtype = 'flot32' }"), &["step 2 (gaussian)", "key `dtype`"]),
        (
            steps("entropy = { sigma = 3, measure = 'shanon' }"),
            &["step 2 (entropy)", "key `measure`", "did you mean shannon?"],
        ),
        (steps("entropy = { sigma = 3, bands = [1] }"), &["step 2 (entropy)", "key `bands`"]),
        (steps("extract = { categories = '10;20' }"), &["step 2 (extract)", "key `categories`"]),
        (steps("interaction = { sigma = 2 }"), &["step 2 (interaction)", "key `categories`"]),
        (
            steps("filter = { sigma = 2, outside = 'zero' }"),
            &["step 2 (filter)", "key `outside`", "selector"],
        ),
        (steps("focal = { radius = 2 }"), &["step 2 (focal)", "key `what`", "is missing"]),
        (steps("focal = 'slop'"), &["step 2 (focal)", "key `what`", "did you mean slope?"]),
        (
            steps("focal = { what = 'mean', radius = 1.5 }"),
            &["step 2 (focal)", "key `radius`", "whole number"],
        ),
        (steps("calc = 'A +'"), &["step 2 (calc)", "key `expression`"]),
        (
            steps("calc = 'A + B'"),
            &["step 2 (calc)", "key `expression`", "no input is called 'B'; there are A"],
        ),
        (steps("clip = { }"), &["step 2 (clip)", "key `bounds`", "polygon"]),
        (steps("mosaic = { method = 'biggest' }"), &["step 2 (mosaic)", "key `method`"]),
        (steps("stack = { a = 1 }"), &["step 2 (stack)", "key `a`"]),
        (steps("select = { nodata = 'x' }"), &["step 2 (select)", "key `nodata`"]),
        (steps("gausian = { sigma = 3 }"), &["step 2", "'gausian'", "did you mean gaussian?"]),
        (steps("gaussian = { sigma = 3 }\nwarp = { }"), &["step 2", "one table"]),
        (steps("tee = { }"), &["step 2 (tee)", "key `path`", "is missing"]),
        (steps("tee = 'a.tif'"), &["step 2 (tee)", "key `path`", "'a.tif' is read by this job"]),
        (steps("tee = './b.tif'"), &["output", "key `path`", "is written by step 2 (tee) already"]),
        (steps("read = 'c.tif'"), &["key `steps`", "2 rasters are left", "A, B"]),
        (steps("read = { path = 'c.tif', name = '1c' }"), &["step 2 (read)", "key `name`", "'1c'"]),
        (
            steps("read = 'c.tif'\n[[steps]]\ngaussian = { sigma = 1 }"),
            &["step 3 (gaussian)", "takes one raster, and 2 come in"],
        ),
        (
            steps("read = { path = 'c.tif', steps = [{ focal = 'x' }] }"),
            &["step 2 (read)", "step 1 (focal)", "key `what`"],
        ),
        ("output = 'b.tif'".into(), &["key `inputs`", "is missing"]),
        ("inputs = [{ bands = [1] }]\noutput = 'b.tif'".into(), &["input 1", "key `path`", "is missing"]),
        (
            "inputs = [{ path = 'a.tif', band = [1] }]\noutput = 'b.tif'".into(),
            &["input 1", "key `band`", "did you mean bands?"],
        ),
        (
            "inputs = [{ path = 'a', name = 'B' }, 'b']\noutput = 'c'".into(),
            &["input 2", "key `name`", "two rasters are called 'B'"],
        ),
        (
            "inputs = 'a.tif'\noutput = 'a.tif'".into(),
            &["output", "key `path`", "'a.tif' is read by this job"],
        ),
        (format!("{base}compres = 'zstd'"), &["line 3", "key `compres`", "did you mean compress?"]),
        (format!("{base}compress = 'zsdt'"), &["line 3", "output", "key `compress`", "did you mean zstd?"]),
        (format!("{base}compress = 'zstd'\nlevel = 99"), &["output", "key `level`", "zstd has 0 to 22"]),
        (format!("{base}quality = 300"), &["output", "key `quality`"]),
        (format!("{base}block_size = 100"), &["output", "key `block_size`", "multiple of 16"]),
        (format!("{base}overviews = 'some'"), &["output", "key `overviews`"]),
        (format!("{base}memory = 'much'"), &["run", "key `memory`", "is not a size"]),
        (format!("{base}window = 0"), &["run", "key `window`"]),
        (format!("{base}version = 2"), &["key `version`", "version 1"]),
        ("inputs = 'a.tif'\ncompress = 'zstd'".into(), &["key `compress`", "no", "output = "]),
        ("inputs = 'a.tif'\noutput = 'b.tif'\nsteps = 'warp'".into(), &["key `steps`", "a list is expected"]),
        ("inputs = 'a.tif'\ninput = 'c.tif'\noutput = 'b.tif'".into(), &["stands here twice"]),
        ("inputs = 'a.tif\noutput = 'b.tif'".into(), &["line 1", "no TOML"]),
    ];
    assert!(documents.len() >= 30);
    let told = |made: Result<Pipeline>| made.and_then(|p| p.check()).err().map(|e| e.to_string());
    for (document, parts) in &documents {
        let error = told(Pipeline::from_toml(document)).unwrap_or_else(|| panic!("this passes:\n{document}"));
        for part in *parts {
            assert!(error.contains(part), "'{part}' is not in: {error}\n{document}");
        }
        // The same as JSON, without the lines.
        let Ok(table) = document.parse::<toml::Table>() else { continue };
        let json = serde_json::to_string(&table).unwrap();
        let error = told(Pipeline::from_json(&json)).unwrap_or_else(|| panic!("this passes:\n{json}"));
        for part in parts.iter().filter(|p| !p.starts_with("line ")) {
            assert!(error.contains(part), "'{part}' is not in: {error}\n{json}");
        }
    }
    let lines: [(&str, &[&str]); 20] = [
        ("", &["the line is empty"]),
        (
            "read a ! warp --resampling biliner ! write b",
            &["step 1 (warp)", "key `resampling`", "did you mean bilinear?"],
        ),
        (
            "read a ! warp --resampeling cubic ! write b",
            &["step 1 (warp)", "key `resampeling`", "did you mean resampling?"],
        ),
        ("read a ! gaussian --sigma ! write b", &["(gaussian)", "key `sigma`", "value is missing"]),
        ("read a ! gaussian --sigma 3 --sigma 4 ! write b", &["(gaussian)", "key `sigma`", "given twice"]),
        ("read a ! gaussian 3 ! write b", &["(gaussian)", "'3' is not expected"]),
        ("read a ! gausian --sigma 3 ! write b", &["step 1", "'gausian'", "did you mean gaussian?"]),
        ("read a ! focal slop ! write b", &["step 1 (focal)", "key `what`", "did you mean slope?"]),
        ("read a ! calc 'A +' ! write b", &["step 1 (calc)", "key `expression`"]),
        ("read a ! calc 'A ! write b", &["quote", "not closed"]),
        ("read a ! ! write b", &["name of a step is missing"]),
        ("read a [ warp --res 10 ! write b", &["bracket [ is not closed"]),
        ("read a ] ! write b", &["bracket ] closes nothing"]),
        ("read a ! warp [ clip ] ! write b", &["(warp)", "brackets stand behind read"]),
        ("read a ! write b ! gaussian --sigma 3", &["(write)", "stands at the end"]),
        (
            "read a ! read b ! gaussian --sigma 1 ! write c",
            &["step 1 (gaussian)", "takes one raster, and 2 come in (A, B)"],
        ),
        ("read X=a ! read X=b ! calc X ! write c", &["input 2", "key `name`"]),
        ("read a ! write a", &["output", "key `path`", "is read by this job"]),
        ("read a ! write b --compres zstd", &["output", "key `compres`", "did you mean compress?"]),
        ("read a ! write b --memory much", &["run", "key `memory`"]),
    ];
    for (line, parts) in lines {
        let error = told(Pipeline::from_line(line)).unwrap_or_else(|| panic!("this passes: {line}"));
        for part in parts {
            assert!(error.contains(part), "'{part}' is not in: {error}\n{line}");
        }
    }
}

/// Nothing is opened before everything is checked.
#[test]
fn files_are_opened_last() {
    let never = |_: &str| -> Result<Arc<dyn RasterSource>> { panic!("a file was opened") };
    let job = Pipeline::from_line("read a ! gaussian --sigma 2 ! focal mean --radius 1.5 ! write b").unwrap();
    assert!(job.run(&never, &Hooks::default()).is_err());
    assert!(job.plan(&never).is_err());
    assert!(job.open(&never).is_err());
}

/// docs/pipeline.md lists every key with its default, and no other.
#[test]
fn the_document_tells_every_key_and_default() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pipeline.md")).unwrap();
    let mut parts: Vec<(String, serde_json::Value)> = Vec::new();
    for name in Step::NAMES.iter().filter(|n| !["read", "tee"].contains(n)) {
        let step = Step::with_defaults(name).unwrap();
        let options = match &step {
            Step::Warp(o) => serde_json::to_value(o),
            Step::Mosaic(o) => serde_json::to_value(o),
            Step::Stack(o) => serde_json::to_value(o),
            Step::Clip(o) => serde_json::to_value(o),
            Step::Select(o) => serde_json::to_value(o),
            Step::Gaussian(o) => serde_json::to_value(o),
            Step::Entropy(o) => serde_json::to_value(o),
            Step::Interaction(o) => serde_json::to_value(o),
            Step::Extract(o) => serde_json::to_value(o),
            Step::Filter(o) => serde_json::to_value(o),
            Step::Focal(o) => serde_json::to_value(o),
            Step::Calc(o) => serde_json::to_value(o),
            _ => unreachable!("{name}"),
        };
        parts.push((format!("### {name}"), options.unwrap()));
    }
    parts.push(("## Inputs".into(), serde_json::to_value(Input::default()).unwrap()));
    parts.push(("## Output".into(), serde_json::to_value(Output::default()).unwrap()));
    parts.push(("## Run".into(), serde_json::to_value(Run::default()).unwrap()));
    for (heading, options) in parts {
        let section =
            text.split(&format!("\n{heading}\n")).nth(1).unwrap_or_else(|| panic!("no section '{heading}'"));
        let section = section.split("\n#").next().unwrap();
        let mut listed: Vec<(String, String)> = section
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .map(|row| {
                let (key, rest) = row.split_once("` | ").unwrap();
                (key.to_owned(), rest.split(" |").next().unwrap().trim().to_owned())
            })
            .collect();
        listed.sort();
        let stated = |value: &serde_json::Value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let mut keys: Vec<(String, String)> =
            options.as_object().unwrap().iter().map(|(key, value)| (key.clone(), stated(value))).collect();
        keys.sort();
        assert_eq!(listed, keys, "{heading}");
    }
}
