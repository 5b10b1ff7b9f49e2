#!/usr/bin/env python3
"""Makes the archives of a release: one static `mucho` per target with its documents, and their checksums.

    scripts/release.py [--out DIR] [TARGET...]

An archive holds the program, README, CHANGELOG, the licences of the project and of all dependencies, completions for
five shells and the manual page. Printed are the program's size and how long `mucho info` of a small file takes. Equal
inputs give equal archives: files are sorted, owned by root, and dated by the last commit.
"""

import argparse
import gzip
import hashlib
import io
import os
import pathlib
import platform
import shlex
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGETS = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"]
COMPLETIONS = {"bash": "mucho.bash", "zsh": "_mucho", "fish": "mucho.fish", "elvish": "mucho.elv", "powershell": "_mucho.ps1"}
MAX_MB, MAX_MS = 15, 5
CANNOT_BUILD = 77


def output(*command: object) -> bytes:
    return subprocess.run([str(c) for c in command], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout


def runner(target: str) -> list[str] | None:
    """What runs a program of this target here: nothing, an emulator, or None when it cannot be run."""
    architecture = target.split("-")[0]
    if architecture == platform.machine():
        return []
    emulator = shutil.which(f"qemu-{architecture}-static")
    return [emulator] if emulator else None


def start_ms(program: pathlib.Path) -> float:
    """Median milliseconds from starting `mucho info` of a small file to its end."""
    command = [program, "info", ROOT / "fixtures/landcover.tif"]
    seconds = []
    for _ in range(50):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds) * 1000


def pack(path: pathlib.Path, folder: str, files: dict[str, bytes], date: int) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mtime = len(files[name]), date
            entry.mode = 0o755 if name == "mucho" else 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, date) as compressed:
        compressed.write(packed.getvalue())


def release(target: str, target_dir: pathlib.Path, version: str, out: pathlib.Path) -> pathlib.Path | None:
    build = ["scripts/cross", target, "build", "--profile", "dist", "--locked", "-p", "mucho-cli"]
    code = subprocess.run(build, cwd=ROOT).returncode
    if code == CANNOT_BUILD:
        print(f"{target}: skipped, it cannot be built here")
        return None
    if code:
        sys.exit(code)
    program = target_dir / target / "dist" / "mucho"
    print(output(sys.executable, "scripts/is_static.py", program).decode().strip())
    megabytes = program.stat().st_size / 1e6
    print(f"{target}: {megabytes:.2f} MB ({'within' if megabytes < MAX_MB else 'OVER'} {MAX_MB} MB)")
    by = runner(target)
    if by is None:
        print(f"{target}: skipped, its completions cannot be made without qemu-{target.split('-')[0]}-static")
        return None
    if not by:
        milliseconds = start_ms(program)
        print(f"{target}: info of a small file {milliseconds:.2f} ms ({'within' if milliseconds < MAX_MS else 'OVER'} {MAX_MS} ms)")
    files = {name: (ROOT / name).read_bytes() for name in ("README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE")}
    files["NOTICE-EPSG"] = (ROOT / "crates/crs/src/tables/NOTICE").read_bytes()
    files["LICENCES-OF-DEPENDENCIES.txt"] = output(sys.executable, "scripts/licences.py", target)
    files["mucho"] = program.read_bytes()
    files["man/mucho.1"] = output(*by, program, "generate", "man")
    for shell, name in COMPLETIONS.items():
        files[f"completions/{name}"] = output(*by, program, "generate", shell)
    date = int(output("git", "log", "-1", "--format=%ct"))
    folder = f"mucho-{version}-{target}"
    path = out / f"{folder}.tar.gz"
    pack(path, folder, files, date)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=TARGETS, help=f"default: {shlex.join(TARGETS)}")
    parser.add_argument("--out", type=pathlib.Path, help="default: release-archives in the target folder")
    args = parser.parse_args()
    target_dir = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).absolute()
    out = (args.out or target_dir / "release-archives").absolute()
    out.mkdir(parents=True, exist_ok=True)
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    made = [path for target in args.targets if (path := release(target, target_dir, version, out))]
    if not made:
        sys.exit(CANNOT_BUILD)
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made)
    (out / "SHA256SUMS").write_text(sums)
    for path in made:
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")
    print(f"{out / 'SHA256SUMS'}: check with sha256sum -c")


if __name__ == "__main__":
    main()
