#!/usr/bin/env python3
"""The licences of everything that is linked into `mucho` for a target, with their texts, on standard output.

    scripts/licences.py TARGET > LICENCES-OF-DEPENDENCIES.txt

The texts are the files that the packages carry; a package without one is listed with its licence and its address.
"""

import collections
import json
import pathlib
import subprocess
import sys

NAMES = ("license", "licence", "copying", "notice", "copyright", "unlicense")
# What every static build holds besides the packages.
OTHERS = [
    ("Rust standard library", "MIT OR Apache-2.0", "https://github.com/rust-lang/rust"),
    ("musl", "MIT", "https://musl.libc.org"),
]


def run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def linked(target: str) -> list[dict]:
    """The packages of others that mucho is linked with on this target, by name."""
    metadata = json.loads(run("cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target))
    # `cargo metadata` lists packages behind features that are off; `cargo tree` does not.
    tree = run("cargo", "tree", "--locked", "-p", "mucho-cli", "-e", "normal", "--target", target, "--prefix", "none", "-f", "{p}")
    used = {tuple(line.split()[:2]) for line in tree.splitlines()}
    packages = [p for p in metadata["packages"] if p["source"] and (p["name"], f"v{p['version']}") in used]
    return sorted(packages, key=lambda p: (p["name"], p["version"]))


def texts(package: dict) -> list[str]:
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [p for p in sorted(folder.iterdir()) if p.name.lower().startswith(NAMES)]
    found = []
    for path in files:
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            found.append(file.read_text(errors="replace").strip().replace("\r\n", "\n"))
    return found


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    packages = linked(sys.argv[1])
    print("mucho is linked with the following, each under its licence; the texts follow.\n")
    for name, licence, address in OTHERS:
        print(f"{name}: {licence} ({address})")
    holders = collections.defaultdict(list)
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if not package["license"]:
            sys.exit(f"{name} states no licence")
        found = texts(package)
        note = "" if found else f"; by {', '.join(package['authors']) or 'its authors'}; the package carries no text"
        print(f"{name}: {package['license']} ({package['repository'] or 'crates.io'}{note})")
        for text in found:
            holders[text].append(name)
    own = pathlib.Path(__file__).resolve().parent / "licences"
    holders[(own / "musl.txt").read_text().strip()].append("musl")
    for text, names in sorted(holders.items(), key=lambda item: item[1]):
        print("\n" + "-" * 100 + "\n" + ", ".join(names) + "\n" + "-" * 100 + "\n\n" + text)


if __name__ == "__main__":
    main()
