#!/usr/bin/env python3
"""Training throughput of Graft beside libtorch's (TorchSharp, channels last), as processes in turn: medians, ratios, first losses, peak memory.

    dotnet build -c Release bench/Graft.Bench && dotnet build -c Release bench/Graft.TorchPeer
    python3 bench/compare_training.py [--only NAME ...] [--pairs 5] [--warmup 20] [--steps 50] [--threads 2] [--without-tuned] [--bfloat16]

MobileNetV2 with 1000 classes, all weights trained, batch norm in training mode, float32, a batch in memory; a step is forward, cross-entropy,
backward and SGD with momentum 0.9. Both sides read the same weights and images. "tuned" is libtorch with an allocator that keeps its memory; --bfloat16 adds both in mixed precision, libtorch tuned.
Names: 1.0, 0.35, 160, 200 (1.0 at these resolutions), v1 (MobileNetV1), v3 (MobileNetV3 large, batch 32), resnet18, avx2 (1.0, Graft without AVX-512; libtorch with it, and without as "libtorch avx2").
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
GRAFT = os.path.join(HERE, "Graft.Bench/bin/Release/net10.0/Graft.Bench.dll")
TORCH = os.path.join(HERE, "Graft.TorchPeer/bin/Release/net10.0/Graft.TorchPeer.dll")
# Without these every large activation is mapped, faulted in and unmapped again at each step.
TUNED = {"MALLOC_MMAP_THRESHOLD_": str(4 << 30), "MALLOC_TRIM_THRESHOLD_": str(8 << 30), "MALLOC_TOP_PAD_": str(256 << 20)}
AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
# width, resolution, batch, environment of Graft, further variants of libtorch, the network
CONFIGURATIONS = {
    "1.0": (1.0, 224, 16, {}, {}, "mobilenetv2"),
    "0.35": (0.35, 224, 32, {}, {}, "mobilenetv2"),
    "160": (1.0, 160, 16, {}, {}, "mobilenetv2"),
    "200": (1.0, 200, 16, {}, {}, "mobilenetv2"),
    "avx2": (1.0, 224, 16, {"DOTNET_EnableAVX512": "0"}, {"libtorch avx2": AVX2}, "mobilenetv2"),
    "v1": (1.0, 224, 16, {}, {}, "mobilenetv1"),
    "v3": (1.0, 224, 32, {}, {}, "mobilenetv3"),
    "resnet18": (1.0, 224, 16, {}, {}, "resnet18"),
}


def measure(command, environment):
    done = subprocess.run(["dotnet"] + command, check=True, stdout=subprocess.PIPE, env={**os.environ, **environment})
    return json.loads(done.stdout)


def compare(name, args, work):
    width, resolution, batch, ours, more, network = CONFIGURATIONS[name]
    start = os.path.join(work, "start.safetensors")
    subprocess.run(["dotnet", GRAFT, "train-start", "--architecture", network, "--width", str(width), "--resolution", str(resolution), "--batch", str(batch), "--out", start], check=True)
    protocol = ["--architecture", network, "--width", str(width), "--warmup", str(args.warmup), "--steps", str(args.steps), "--threads", str(args.threads)]
    sides = {"graft": ([GRAFT, "train-throughput", "--start", start] + protocol, ours), "libtorch": ([TORCH, start] + protocol, {})}
    if not args.without_tuned:
        sides["libtorch tuned"] = ([TORCH, start] + protocol, TUNED)
    if args.bfloat16:
        sides["graft bfloat16"] = ([GRAFT, "train-throughput", "--start", start, "--precision", "bfloat16"] + protocol, ours)
        sides["libtorch autocast"] = ([TORCH, start, "--autocast", "1"] + protocol, TUNED)
    for variant, environment in more.items():
        sides[variant] = ([TORCH, start] + protocol, environment)

    print(f"\n{network} {width} at {resolution}, batch {batch}, {args.threads} threads{', Graft with ' + str(ours) if ours else ''}", flush=True)
    runs = {side: [] for side in sides}
    for i in range(args.pairs):
        for side, (command, environment) in sides.items():
            runs[side].append(measure(command, environment))
        print(f"  round {i + 1}: " + ", ".join(f"{side} {r[-1]['images_per_second']:.1f}" for side, r in runs.items()) + f" images/s; load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"  {'':18} {'images/s':>9} {'fastest step':>13} {'peak MB':>8} {'graft is':>9}  first losses")
    for side, results in runs.items():
        ratios = sorted(g["images_per_second"] / r["images_per_second"] for g, r in zip(runs["graft"], results))
        times = "" if side == "graft" else f"{statistics.median(ratios):.2f}x ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"  {side:18} {statistics.median(r['images_per_second'] for r in results):9.1f} {batch * 1000 / min(r['fastest_ms'] for r in results):13.1f}"
              f" {max(r['peak_mb'] for r in results):8.0f} {times:>9}  {' '.join(f'{loss:.5f}' for loss in results[0]['losses'][:5])}")
        assert results[0].get("not_channels_last", 0) == 0, "the peer fell out of its fast path"
    peak = {side: max(r["peak_mb"] for r in results) for side, results in runs.items()}
    apart = [max(abs(a - b) for a, b in zip(runs["graft"][0]["losses"][:n], runs["libtorch"][0]["losses"][:n])) for n in (1, 3, 10)]
    print(f"  peak memory: graft / libtorch {peak['graft'] / peak['libtorch']:.2f}; losses differ by {apart[0]:.1e} (first), {apart[1]:.1e} (3), {apart[2]:.1e} (10)", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(CONFIGURATIONS), default=list(CONFIGURATIONS))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--without-tuned", action="store_true")
    parser.add_argument("--bfloat16", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        for name in args.only:
            compare(name, args, work)


main()
