#!/usr/bin/env python3
"""Compare `mucho validate --json` with rio-cogeo's verdict on every TIFF file of a folder.

    python3 tests/interop/validate_corpus.py --mucho target/release/mucho FOLDER [--store verdicts.json]

Needs rio-cogeo; files that GDAL cannot open, or over which rio-cogeo takes longer than 20 s, are left out. `--store` writes the verdicts by file name.
"""
import argparse, json, pathlib, signal, subprocess, sys


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=pathlib.Path)
    p.add_argument("--mucho", default="target/release/mucho")
    p.add_argument("--store", type=pathlib.Path)
    args = p.parse_args()
    try:
        from rio_cogeo.cogeo import cog_validate
    except ImportError:
        sys.exit("rio-cogeo is not installed")
    def too_long(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    verdicts, differ, skipped, valid = {}, 0, 0, 0
    for path in sorted(q for q in args.folder.rglob("*") if q.suffix.lower() in (".tif", ".tiff", ".gtiff")):
        signal.alarm(20)
        try:
            theirs = [cog_validate(path, quiet=True, strict=s, config={"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"})[0]
                      for s in (False, True)]
        except Exception:
            skipped += 1
            continue
        finally:
            signal.alarm(0)
        done = subprocess.run([args.mucho, "validate", "--json", str(path)], capture_output=True, text=True)
        try:
            report = json.loads(done.stdout)
            ours = [report["rio_cogeo"], report["rio_cogeo_strict"]]
        except json.JSONDecodeError:
            report, ours = {"findings": done.stderr.strip()}, [None, None]
        verdicts[path.name] = theirs
        valid += theirs[0]
        if ours != theirs:
            differ += 1
            print(f"{path}: rio-cogeo {theirs}, mucho {ours}: {report['findings']}")
    print(f"{len(verdicts)} files, {valid} valid, {differ} differ; {skipped} cannot be opened by GDAL or take too long")
    if args.store:
        args.store.write_text("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(verdicts.items())) + "\n}\n")
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
