#!/usr/bin/env python3
"""Two builds of mucho beside each other: COG, warp and entropy on rasters of 8192 x 8192 and 4096 x 4096.

    python3 benches/static_vs_ordinary.py target/release/mucho static/mucho [--dir /tmp/builds] [--runs 5] [--side 8192]

Needs nothing but the two programs; the first makes the rasters from the fixtures. The runs alternate; printed are the
medians of CPU and wall seconds of each, and the ratios of the second to the first. The outputs must be equal.
"""
import argparse, os, pathlib, resource, statistics, subprocess, sys, time

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "fixtures"


def run(command):
    """CPU and wall seconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", nargs=2)
    parser.add_argument("--dir", default="/tmp/mucho-builds")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--side", type=int, default=8192)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--only", default="", help="part of a name")
    args = parser.parse_args()
    os.makedirs(args.dir, exist_ok=True)
    place = lambda name: os.path.join(args.dir, name)
    half = args.side // 2
    for name, fixture, side, how in [
        ("classes", "landcover", args.side, "nearest"), ("heights", "elevation", args.side, "cubic"),
        ("picture", "aerial", half, "cubic"), ("classes_half", "landcover", half, "nearest"),
    ]:
        path = place(f"{name}_{side}.tif")
        if not os.path.exists(path):
            subprocess.run([args.programs[0], "warp", FIXTURES / f"{fixture}.tif", path, "--size", f"{side}x{side}", "-r", how,
                            "--plain", "-c", "none", "--quiet"], check=True)
    source = lambda name, side: place(f"{name}_{side}.tif")
    jobs = {
        "cog u8 deflate": ["cog", source("classes", args.side)],
        "cog f32 zstd": ["cog", source("heights", args.side), "-c", "zstd"],
        "cog f32 zstd 9": ["cog", source("heights", args.side), "-c", "zstd", "--level", "9"],
        "cog u8 x 3 jpeg": ["cog", source("picture", half), "-c", "jpeg"],
        "warp f32 bilinear": ["warp", source("heights", args.side), "--crs", "EPSG:3857", "-r", "bilinear"],
        "warp u8 x 3 cubic": ["warp", source("picture", half), "--crs", "EPSG:3035", "-r", "cubic"],
        "entropy sigma 10": ["entropy", source("classes_half", half), "--sigma", "10"],
    }
    print(f"{'':20} threads |  CPU s, first  second  ratio | wall s, first  second  ratio")
    for name, (command, path, *more) in jobs.items():
        if args.only not in name:
            continue
        for threads in args.threads.split(","):
            outs = [place(f"out{i}.tif") for i in (0, 1)]
            seconds = ([], [])
            for k in range(args.runs + 1):
                for i, program in enumerate(args.programs):
                    took = run([program, command, path, outs[i], *more, "--threads", threads, "--quiet"])
                    if k:  # the first is for the caches of the system
                        seconds[i].append(took)
            if open(outs[0], "rb").read() != open(outs[1], "rb").read():
                sys.exit(f"{name}: the outputs differ")
            cpu, wall = ([statistics.median(s[which] for s in side) for side in seconds] for which in (0, 1))
            print(f"{name:20} {threads:>7} | {cpu[0]:12.2f} {cpu[1]:7.2f} {cpu[1] / cpu[0]:6.2f} |"
                  f" {wall[0]:12.2f} {wall[1]:7.2f} {wall[1] / wall[0]:6.2f}", flush=True)
    for path in (place("out0.tif"), place("out1.tif")):
        if os.path.exists(path):
            os.remove(path)


if __name__ == "__main__":
    main()
