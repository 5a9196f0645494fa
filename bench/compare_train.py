#!/usr/bin/env python3
"""The whole `graft train` run beside the same job in torch, as processes in turn: medians and their ratio.

    dotnet build -c Release src/Graft.Cli
    python3 bench/compare_train.py EXPORT IMAGES [--pairs 3] [--peer "--workers 2 --channels-last"]

EXPORT is a Teachable Machine export, IMAGES a folder with a folder for each class. python3 must have torch, torchvision and PIL.
No features are kept between Graft's runs.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GRAFT = ["dotnet", os.path.join(HERE, "../src/Graft.Cli/bin/Release/net10.0/graft.dll")]


def timed(command):
    start = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start, json.loads(done.stdout)["val_top1"] if done.stdout else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("export")
    parser.add_argument("images")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--peer", default="--workers 2 --channels-last", help="options of peers/train_readout.py")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        trunk = os.path.join(work, "trunk.graft")
        timed(GRAFT + ["import", args.export, "--out", trunk])
        ours = GRAFT + ["train", "--mode", "readout", args.images, "--trunk", trunk, "--cache", "0", "--no-report", "--runs", os.path.join(work, "runs"), "--out", os.path.join(work, "m.graft"), "--json"]
        theirs = [sys.executable, os.path.join(HERE, "peers/train_readout.py"), args.export, args.images] + args.peer.split()
        pairs = []
        for i in range(args.pairs):
            pairs.append((timed(ours), timed(theirs)))
            (a, top1), (b, peer_top1) = pairs[-1]
            print(f"pair {i + 1}: graft {a:.2f} s (top-1 {top1:.4f}), torch {b:.2f} s (top-1 {peer_top1:.4f}), ratio {b / a:.2f}", flush=True)
        a = statistics.median(p[0][0] for p in pairs)
        b = statistics.median(p[1][0] for p in pairs)
        print(f"median: graft {a:.2f} s, torch {b:.2f} s; torch / graft {statistics.median(p[1][0] / p[0][0] for p in pairs):.2f}")


main()
