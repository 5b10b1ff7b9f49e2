"""Fails when the default dependency tree holds C: reads `cargo metadata` on standard input.

A package may not link a native library, be a -sys crate, or build with a C compiler. Only what the default
features of our crates need for running and building counts; test-only dependencies do not.
"""
import json, pathlib, re, sys

# `links` keys that name no native library: rayon-core uses one to forbid two copies of itself in a program.
LINKS_WITHOUT_LIBRARY = {"rayon-core"}
C_COMPILERS = {"cc", "cmake", "bindgen", "pkg-config", "nasm-rs", "autotools"}

# In a build script: a compiler, assembler or build tool of C that is started, or asked for by its variable.
CALLS_C = re.compile(
    r'Command::new\(\s*"(?:[\w-]+-)?(?:cc|gcc|clang|c\+\+|g\+\+|clang\+\+|cl|nasm|as|ar|make|cmake|meson|ninja|pkg-config)"'
    r'|\bcc::Build\b|\bcmake::|\bpkg_config::|\bvar(?:_os)?\(\s*"(?:CC|CXX|AS|CFLAGS|CXXFLAGS)"'
)

# Build scripts that call C for a feature only, which must be off.
CALLS_C_FOR = {"signal-hook": "extended-siginfo-raw"}


def build_scripts(package):
    return [t["src_path"] for t in package["targets"] if "custom-build" in t["kind"]]


metadata = json.load(sys.stdin)
packages = {p["id"]: p for p in metadata["packages"]}
nodes = {n["id"]: n for n in metadata["resolve"]["nodes"]}

# Targets whose dependencies a Linux, macOS, Windows or wasm build would not compile are kept too: stricter.
seen, queue = set(), list(metadata["workspace_members"])
while queue:
    package = queue.pop()
    if package in seen:
        continue
    seen.add(package)
    for dep in nodes[package]["deps"]:
        kinds = {k["kind"] for k in dep["dep_kinds"]}
        if kinds & {None, "build"}:
            queue.append(dep["pkg"])

# Bindings of operating systems: declarations only, nothing is compiled or linked beyond the system itself.
SYSTEM_BINDINGS = {"windows-sys", "linux-raw-sys", "js-sys", "web-sys"}

bad = []
for package in sorted(seen):
    p = packages[package]
    name = p["name"]
    if p.get("links") and name not in LINKS_WITHOUT_LIBRARY:
        bad.append(f"{name} {p['version']} links {p['links']}")
    if name.endswith("-sys") and name not in SYSTEM_BINDINGS:
        bad.append(f"{name} {p['version']} is a -sys crate")
    if name in C_COMPILERS:
        bad.append(f"{name} {p['version']} calls a C compiler")
    if name in CALLS_C_FOR and CALLS_C_FOR[name] not in nodes[package]["features"]:
        continue
    for script in build_scripts(p):
        if found := CALLS_C.search(pathlib.Path(script).read_text(errors="replace")):
            bad.append(f"{name} {p['version']}: its build script has {found[0]}")
if bad:
    sys.exit("the default dependency tree is not pure Rust:\n  " + "\n  ".join(bad))
scripts = sum(bool(build_scripts(packages[i])) for i in seen)
print(f"{len(seen)} packages, no C; {scripts} build scripts, none calls a C compiler")
