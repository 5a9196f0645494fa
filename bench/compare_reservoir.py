#!/usr/bin/env python3
"""Reservoirs in Graft beside reservoirpy 0.4.2, as processes in turn on one thread: medians and ratios.

    dotnet build -c Release bench/Graft.Bench
    git clone --branch v0.4.2 https://github.com/reservoirpy/reservoirpy
    python3 bench/compare_reservoir.py --reservoirpy FOLDER [--python python3] [--pairs 5] [--only update-1000] [--quick]

Updates of 1,000 and 5,000 units, 10 % connected, over 10,000 steps, in float32 and float64, and 32 sequences at once; a whole fit of 1,000 units. reservoirpy's best is float64: with
float32 weights its states are float64 all the same.
"""
import argparse
import json
import os
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
GRAFT = ["dotnet", os.path.join(HERE, "Graft.Bench/bin/Release/net10.0/Graft.Bench.dll"), "reservoir"]
PEER = os.path.join(HERE, "peers/reservoirpy_times.py")


def measure(*command):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--reservoirpy", required=True)
parser.add_argument("--python", default="/usr/bin/python3")
parser.add_argument("--pairs", type=int, default=5)
parser.add_argument("--only", choices=["update-1000", "update-5000", "fit-1000"])
parser.add_argument("--quick", action="store_true", help="a tenth of the steps")
args = parser.parse_args()

for what, units, steps, repeats in [("update", 1000, 10_000, 3), ("update", 5000, 10_000, 1), ("fit", 1000, 10_000, 5)]:
    if args.only not in (None, f"{what}-{units}"):
        continue
    steps = steps // 10 if args.quick else steps
    protocol = ["--what", what, "--units", str(units), "--steps", str(steps), "--repeats", str(repeats)]
    sides = {"float32": ["--precision", "float32"], "float64": ["--precision", "float64"]}
    if what == "update":
        sides["32 at once"] = ["--precision", "float32", "--sequences", "32", "--steps", str(max(1, steps // 32))]
    times = {name: [] for name in ["peer", *sides]}
    for _ in range(args.pairs):
        times["peer"].append(measure(args.python, PEER, "--reservoirpy", args.reservoirpy, *protocol)["us_per_step"])
        for name, options in sides.items():
            times[name].append(measure(*GRAFT, *protocol, *options)["us_per_step"])
    print(f"{what}, {units} units, {steps} steps: reservoirpy {statistics.median(times['peer']):.2f} us a step")
    for name in sides:
        ratios = sorted(peer / own for peer, own in zip(times["peer"], times[name]))
        print(f"  {name:10} {statistics.median(times[name]):8.2f} us; {statistics.median(ratios):.1f} times faster ({ratios[0]:.1f} to {ratios[-1]:.1f})", flush=True)
