#!/usr/bin/env python3
"""Blur, entropy and interaction beside scipy and scikit-image, in one run on one core.

    cargo build --release -p mucho-kernels --benches
    python benches/kernels_vs_skimage.py [--size 4096] [--levels Avx2,Avx512] [--peer-size 1024]

Ours are the programs in crates/kernels/benches; their lines `level | case | seconds` are set against the peers' medians.
CPU seconds on both sides. Every level of --levels that the processor has is measured in the same run, so the
figures of AVX2 and of AVX-512 stand beside the same peer. The peers run on --peer-size and are scaled by area (a small
raster stays in their caches: the larger one would favour ours). A peer that is not installed is named and left out.
"""
import argparse
import glob
import os
import subprocess
import sys
import time

SIGMAS = (1, 3, 10, 30)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def newest(name):
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    found = [p for p in glob.glob(os.path.join(target, "release", "deps", name + "-*")) if os.access(p, os.X_OK) and not p.endswith(".d")]
    if not found:
        sys.exit(f"{name} is not built: cargo build --release -p mucho-kernels --benches")
    return max(found, key=os.path.getmtime)


def ours(name, size, levels):
    """{(level, case): seconds} of one program."""
    command = [newest(name), str(size), "one-thread", "sigma=" + ",".join(map(str, SIGMAS))] + levels
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = [line.split("|") for line in text.splitlines() if line.count("|") >= 3]
    return {(r[0].strip(), r[1].strip()): float(r[2].split()[0]) for r in rows}


def median(f, repeats):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        f()
        times.append(time.process_time() - start)
    return sorted(times)[len(times) // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--peer-size", type=int, default=1024)
    parser.add_argument("--levels", default="Avx2,Avx512")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    try:
        import numpy as np
    except ImportError:
        sys.exit("numpy is not installed: nothing to compare with")
    try:
        from scipy.ndimage import gaussian_filter
        import scipy
        print("scipy", scipy.__version__)
    except ImportError:
        gaussian_filter = None
        print("scipy is not installed: its rows are left out")
    try:
        from skimage.filters import gaussian
        import skimage
        print("scikit-image", skimage.__version__)
    except ImportError:
        gaussian = None
        print("scikit-image is not installed: its rows are left out")

    n = args.peer_size
    scale = (args.size / n) ** 2
    row, col = np.mgrid[0:n, 0:n]
    image = (((row * 7919 + col * 104729) % 1021) / 1021).astype("f4")
    labels = np.random.default_rng(1).integers(0, 10, (n // 24 + 1, n // 24 + 1)).repeat(24, 0).repeat(24, 1)[:n, :n]
    salt = np.random.default_rng(2).random((n, n)) < 0.05
    labels = np.where(salt, np.random.default_rng(3).integers(0, 10, (n, n)), labels).astype("u1")

    def entropy(sigma):
        shares = [gaussian((labels == k).astype("f4"), sigma=sigma) for k in range(10)]
        total = sum(shares)
        result = np.zeros((n, n), "f4")
        for share in shares:
            p = share / total
            result -= np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)
        return result

    def interaction(bands):
        product = np.ones(bands[0].shape)
        for band in bands:
            product *= band / 255
        product /= 1 / 27
        product[product > 1] = 1
        return np.ceil(product * 255).astype("u1")

    peers = {}
    for sigma in SIGMAS:
        if gaussian_filter:
            peers[f"gaussian f32 sigma {sigma}"] = ("scipy", median(lambda: gaussian_filter(image, sigma), args.repeats))
        if gaussian and sigma >= 10:
            peers[f"entropy 10 categories sigma {sigma}"] = ("skimage", median(lambda: entropy(sigma), args.repeats))
    bands = [(image * 255).astype("u1") for _ in range(3)]
    peers["interaction 3 bands u8"] = ("numpy", median(lambda: interaction(bands), args.repeats))

    print(f"{'case':36} {'level':8} {'ours s':>9} {'peer s':>9} {'ratio':>7}   (size {args.size}, peers at {n} scaled by area)")
    for program in ("gaussian", "diversity", "interaction"):
        measured = ours(program, args.size, args.levels.split(","))
        for (level, case), seconds in measured.items():
            if case in peers:
                name, peer = peers[case]
                print(f"{case:36} {level:8} {seconds:9.4f} {peer * scale:9.3f} {peer * scale / seconds:6.1f}x  {name}")
            copied = measured.get(("any", case.replace("interaction", "copy")))
            if copied and case.startswith("interaction"):
                print(f"{case:36} {level:8} {seconds:9.4f} {copied:9.4f} {seconds / copied:6.2f} times the copy of the bands")


if __name__ == "__main__":
    main()
