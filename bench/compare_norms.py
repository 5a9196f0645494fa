#!/usr/bin/env python3
"""Forward and backward of normalizations in Graft beside libtorch (TorchSharp), as processes in turn: medians and ratios.

    dotnet build -c Release bench/Graft.Bench && dotnet build -c Release bench/Graft.TorchPeer
    python3 bench/compare_norms.py [--pairs 5] [--threads 2]
"""
import argparse
import json
import os
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
GRAFT = os.path.join(HERE, "Graft.Bench/bin/Release/net10.0/Graft.Bench.dll")
TORCH = os.path.join(HERE, "Graft.TorchPeer/bin/Release/net10.0/Graft.TorchPeer.dll")
NORMS = ["instance", "group", "picture", "layer", "local"]
SHAPES = [(32, 56, 96), (32, 14, 576)]


def measure(*command):
    return json.loads(subprocess.run(["dotnet", *command], check=True, stdout=subprocess.PIPE).stdout)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--pairs", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
args = parser.parse_args()
for batch, size, channels in SHAPES:
    print(f"{batch}x{size}x{size}x{channels}, {args.threads} threads")
    for norm in NORMS:
        protocol = ["norms", "--norm", norm, "--batch", str(batch), "--size", str(size), "--channels", str(channels), "--threads", str(args.threads)]
        pairs = [(measure(GRAFT, *protocol), measure(TORCH, *protocol)) for _ in range(args.pairs)]
        ratios = sorted(torch["both_ms"] / graft["both_ms"] for graft, torch in pairs)
        graft, torch = (statistics.median(pair[side]["both_ms"] for pair in pairs) for side in (0, 1))
        part = statistics.median(float(pair[0]["part_of_copy"]) for pair in pairs)
        print(f"  {norm:10} graft {graft:7.2f} ms, {part:.2f} of copying's bandwidth; libtorch {torch:7.2f} ms; {statistics.median(ratios):.2f} times faster ({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)
