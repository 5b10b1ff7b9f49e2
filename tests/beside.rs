//! Files beside rasters, other images of a file, and edits: from outside, in every command.

mod support;

use serde_json::Value;
use support::{Folder, fixture, mucho, ok, text};

fn json(words: &[&str]) -> Value {
    serde_json::from_slice(&ok(words).stdout).unwrap()
}

fn side(name: &str) -> String {
    fixture(&format!("side_cars/{name}.tif"))
}

/// Each kind of file, in a description, a copy, another grid, an expression, a value, and without it.
#[test]
fn every_kind_in_every_command() {
    let folder = Folder::new("beside");
    // What a kind says: a path into `info --json`, and the value there.
    for (name, pointer, value) in [
        ("aux_before_own", "/crs/epsg", Value::from(4326)),
        ("aux_srs_esri", "/crs/epsg", 32633.into()),
        ("aux_band", "/bands/0/nodata", 9.into()),
        ("aux_band", "/bands/0/unit", "m".into()),
        ("gdx_affine", "/transform/0", 99.125.into()),
        ("world_tfw", "/transform/0", 100.0.into()),
        ("msk", "/bands/0/mask", "mask".into()),
        ("aux_colors", "/bands/0/categories/1", "land & ice".into()),
    ] {
        let input = side(name);
        let info = json(&["info", "--json", &input]);
        assert_eq!(info.pointer(pointer), Some(&value), "{name}");
        assert!(info["side_cars"][0]["gives"].as_array().is_some_and(|g| !g.is_empty()), "{name}");
        let alone = json(&["info", "--json", "--no-sidecars", &input]);
        assert_ne!(alone.pointer(pointer), Some(&value), "{name}");
        assert_eq!(alone["side_cars"], Value::Array(Vec::new()));
        let out = folder.word("cog.tif");
        ok(&["cog", &input, &out]);
        assert_eq!(json(&["info", "--json", &out]).pointer(pointer), Some(&value), "{name}: cog");
        let _ = std::fs::remove_file(format!("{out}.aux.xml"));
        ok(&["cog", &input, &out, "--no-sidecars"]);
        assert_ne!(
            json(&["info", "--json", &out]).pointer(pointer),
            Some(&value),
            "{name}: cog --no-sidecars"
        );
    }
    // Missing pixels: 98 of 200 are valid by the mask, one less by nodata.
    for (name, missing, valid) in [("msk", "0", 103), ("aux_band", "9", 199)] {
        let input = side(name);
        let pixel = if missing == "0" { ["0", "5"] } else { ["9", "0"] };
        let sampled = text(&ok(&["sample", &input, "--pixels", pixel[0], pixel[1]]).stdout);
        assert_eq!(sampled.trim(), "nodata", "{name}");
        let count = |path: &str| {
            json(&["info", "--json", "--stats", path])["bands"][0]["statistics"]["count"].clone()
        };
        assert_eq!(count(&input), Value::from(valid), "{name}");
        for words in [
            vec!["convert", &input, "OUT", "--plain"],
            vec!["calc", "A * 1.0", &format!("A={input}"), "OUT", "--dtype", "f32"],
        ] {
            let out = folder.word("out.tif");
            let words: Vec<&str> =
                words.iter().map(|w| if *w == "OUT" { out.as_str() } else { *w }).collect();
            ok(&words);
            assert_eq!(count(&out), Value::from(valid), "{words:?}");
        }
    }
    // Another grid has to be told where the raster is.
    let out = folder.word("warped.tif");
    ok(&["warp", &side("aux_srs_and_world"), &out, "--crs", "EPSG:4326", "--res", "4"]);
    assert_eq!(json(&["info", "--json", &out]).pointer("/crs/epsg"), Some(&Value::from(4326)));
    assert!(
        !mucho(&["warp", &side("aux_srs_and_world"), &out, "--crs", "EPSG:4326", "--no-sidecars"])
            .status
            .success()
    );
    // In a job, too.
    let line = format!("read {} --no-sidecars ! write {out}", side("msk"));
    ok(&["pipe", &line]);
    assert_eq!(json(&["info", "--json", &out]).pointer("/bands/0/mask"), Some(&"all valid".into()));
}

#[test]
fn what_is_wrong_beside_is_said_once() {
    for (name, part) in
        [("msk_junk", "msk_junk.tif.msk"), ("prj", "prj.prj"), ("aux_broken", "aux_broken.tif.aux.xml")]
    {
        let folder = Folder::new(name);
        let out = folder.word("out.tif");
        let said = text(&ok(&["cog", &side(name), &out]).stderr);
        assert_eq!(said.matches(part).count(), 1, "{said}");
        assert_eq!(text(&ok(&["cog", &side(name), &out, "--quiet"]).stderr), "");
        assert!(text(&ok(&["info", &side(name)]).stdout).contains("Warning"), "{name}");
    }
    // No place for class names in a stream.
    let streamed = mucho(&["cog", &side("aux_colors"), "-"]);
    assert!(text(&streamed.stderr).contains("class names"), "{}", text(&streamed.stderr));
}

#[test]
fn other_images_of_a_file() {
    let folder = Folder::new("pages");
    let (pages, out) = (fixture("pages.tif"), folder.word("out.tif"));
    let digest = |words: &[&str]| {
        let all: Vec<&str> = std::iter::once("dump").chain(words.iter().copied()).collect();
        json(&all)["sha256"].clone()
    };
    let all: Vec<Value> = (0..3).map(|n| digest(&[&pages, "--directory", &n.to_string()])).collect();
    assert!(all[0] != all[1] && all[1] != all[2]);
    assert_eq!(digest(&[&format!("GTIFF_DIR:2:{pages}")]), all[1]);
    assert_eq!(json(&["info", "--json", &pages])["pages"].as_array().map(Vec::len), Some(3));
    assert!(text(&ok(&["info", &pages]).stdout).contains("Images"));
    // Every command that reads.
    let spelled = format!("GTIFF_DIR:3:{pages}");
    for words in [
        vec!["cog", &pages, &out, "--directory", "2"],
        vec!["convert", &spelled, &out],
        vec!["calc", "A", &format!("A={pages}"), &out, "--directory", "2", "--dtype", "u8"],
        vec!["warp", &pages, &out, "--directory", "2", "--like", &pages],
        vec!["merge", &pages, &out, "--directory", "2"],
        vec!["pipe", &format!("read {pages} --directory 2 ! write {out}")],
    ] {
        let said = text(&ok(&words).stderr);
        assert_eq!(digest(&[&out]), all[2], "{words:?}");
        assert!(!said.contains("images") || words[0] == "warp", "{words:?}: {said}");
    }
    for words in
        [vec!["windows", &pages], vec!["sample", &pages, "--pixels", "1", "1"], vec!["preview", &pages]]
    {
        let said = text(&ok(&words).stderr);
        assert_eq!(said.matches("first of 3 images").count(), 1, "{words:?}: {said}");
        let words: Vec<&str> = words.into_iter().chain(["--directory", "1"]).collect();
        assert_eq!(text(&ok(&words).stderr), "", "{words:?}");
    }
    let said = text(&ok(&["cog", &pages, &out]).stderr);
    assert_eq!(said.matches("first of 3 images").count(), 1, "{said}");
    // All of them.
    ok(&["convert", &pages, &folder.word("page_{page}.tif"), "--pages"]);
    for (n, digest_of) in all.iter().enumerate() {
        assert_eq!(digest(&[&folder.word(&format!("page_{n}.tif"))]), *digest_of);
    }
    for words in [
        vec!["convert", &pages, &out, "--pages"],
        vec!["info", &pages, "--directory", "3"],
        vec!["info", &pages, "--directory", "red"],
        vec!["info", &format!("GTIFF_DIR:0:{pages}")],
        vec!["cog", &format!("GTIFF_DIR:1:{pages}"), &pages],
    ] {
        let refused = mucho(&words);
        assert_eq!(refused.status.code(), Some(2), "{words:?}: {}", text(&refused.stderr));
    }
}

#[test]
fn edits() {
    let folder = Folder::new("edit");
    let path = folder.word("a.tif");
    std::fs::copy(fixture("landcover.tif"), &path).unwrap();
    let before = json(&["dump", &path])["sha256"].clone();
    let colors = folder.word("colors.txt");
    std::fs::write(&colors, "0 1 2 3\n40 10 20 30\n").unwrap();
    ok(&[
        "edit",
        &path,
        "--crs",
        "EPSG:25832",
        "--bounds",
        "0,0,900,700",
        "--nodata",
        "255",
        "--scale",
        "0.5",
        "--offset=-1",
        "--unit",
        "m",
        "--description",
        "a\\, b",
        "--color-table",
        &colors,
        "--metadata",
        "TITLE=x=y",
        "--quiet",
    ]);
    let info = json(&["info", "--json", &path]);
    for (pointer, value) in [
        ("/crs/epsg", Value::from(25832)),
        ("/transform/0", 0.0.into()),
        ("/transform/3", 700.0.into()),
        ("/bands/0/nodata", 255.into()),
        ("/bands/0/scale", 0.5.into()),
        ("/bands/0/offset", (-1.0).into()),
        ("/bands/0/unit", "m".into()),
        ("/bands/0/description", "a, b".into()),
        ("/bands/0/color_table/40/0", 10.into()),
        ("/metadata//TITLE", "x=y".into()),
    ] {
        assert_eq!(info.pointer(pointer), Some(&value), "{pointer}");
    }
    assert_eq!(json(&["dump", &path])["sha256"], before);
    ok(&["edit", &path, "--nodata", "none", "--unset", "crs,scale,metadata:TITLE"]);
    let info = json(&["info", "--json", &path]);
    assert!(info["bands"][0]["nodata"].is_null() && info["crs"].is_null());
    assert_eq!(info.pointer("/bands/0/scale"), Some(&Value::from(1.0)));
    assert!(text(&ok(&["edit", &path, "--unset", "crs"]).stderr).contains("already so"));
    // The same on the way into another file.
    let out = folder.word("out.tif");
    for command in ["cog", "convert"] {
        ok(&[
            command,
            &fixture("landcover.tif"),
            &out,
            "--assign-crs",
            "EPSG:3857",
            "--unit",
            "class",
            "--nodata",
            "none",
            "--metadata",
            "A=b",
        ]);
        let info = json(&["info", "--json", &out]);
        assert_eq!(info.pointer("/crs/epsg"), Some(&Value::from(3857)), "{command}");
        assert_eq!(info.pointer("/bands/0/unit"), Some(&"class".into()));
        assert_eq!(info.pointer("/metadata//A"), Some(&"b".into()));
        assert!(info["bands"][0]["nodata"].is_null());
    }
    ok(&[
        "pipe",
        &format!(
            "read {} ! write {out} --assign-crs EPSG:2056 --unset description",
            fixture("landcover.tif")
        ),
    ]);
    assert_eq!(json(&["info", "--json", &out]).pointer("/crs/epsg"), Some(&Value::from(2056)));
    for (words, part) in [
        (vec!["edit", &path], "nothing"),
        (vec!["edit", &path, "--unset", "everything"], "crs"),
        (vec!["edit", &path, "--nodata", "300"], "none"),
        (vec!["edit", &path, "--crs", "EPSG:99999999"], "assign-crs"),
        (vec!["edit", &path, "--scale", "2=0.5"], "band 2"),
        (vec!["edit", &path, "--metadata", "novalue"], "KEY=VALUE"),
        (vec!["edit", &path, "--color-table", &path.replace("a.tif", "none.txt")], "none.txt"),
    ] {
        let refused = mucho(&words);
        assert!(
            !refused.status.success() && text(&refused.stderr).contains(part),
            "{words:?}: {}",
            text(&refused.stderr)
        );
    }
}

/// A description of five images does not go into a file with one, and that is said.
#[test]
fn descriptions_of_other_images() {
    let folder = Folder::new("imagej");
    let (stack, out) = (fixture("imagej.tif"), folder.word("out.tif"));
    let said = text(&ok(&["cog", &stack, &out]).stderr);
    assert!(said.contains("description of other images"), "{said}");
    let info = json(&["info", "--json", &out]);
    assert!(info.pointer("/metadata//TIFFTAG_IMAGEDESCRIPTION").is_none());
    assert!(json(&["info", "--json", &stack]).pointer("/metadata//TIFFTAG_IMAGEDESCRIPTION").is_some());
}
