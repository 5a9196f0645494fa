"""Runs builds of Graft in turn, before and after changes, and prints the median of each figure, and of each earlier build against the last the ratio of medians and the median of the pairs' ratios (above 1: the
changes made it faster).

    python3 bench/compare_builds.py BEFORE [BEFORE...] AFTER [--pairs 10] [--only REGEX]

BEFORE and AFTER are folders with the outputs of bench/Graft.Bench and src/Graft.Cli in bench/ and cli/:

    dotnet build -c Release bench/Graft.Bench && cp -r bench/Graft.Bench/bin/Release/net10.0 AFTER/bench
    dotnet build -c Release src/Graft.Cli && cp -r src/Graft.Cli/bin/Release/net10.0 AFTER/cli
"""
import argparse, json, os, re, statistics, subprocess, tempfile, time

parser = argparse.ArgumentParser()
parser.add_argument("builds", nargs="+", help="from the earliest to the last")
parser.add_argument("--pairs", type=int, default=10)
parser.add_argument("--only", default="")
options = parser.parse_args()
work = tempfile.mkdtemp()


def bench(*arguments):
    return lambda folder: ["dotnet", f"{folder}/bench/Graft.Bench.dll", *map(str, arguments)]


def cli(*arguments):
    return lambda folder: ["dotnet", f"{folder}/cli/graft.dll", *map(str, arguments)]


def number(pattern):
    return lambda text, seconds: float(re.search(pattern, text)[1])


def seconds(text, elapsed):
    return elapsed


figures = {}
for model in ("mobilenetv2_100", "mobilenetv2_035", "mobilenetv1_100"):
    for threads in (1, 2):
        figures[f"inference {model}, {threads} thread(s), ms"] = (bench("inference", "--only", "graft", "--model", model, "--threads", threads, "--rounds", 15), number(r"graft\D*([\d.]+) ms"))
for width, batch in (("1.0", 16), ("0.35", 32)):
    start = f"{work}/start-{width}.safetensors"
    subprocess.run(bench("train-start", "--width", width, "--batch", batch, "--out", start)(options.builds[0]), check=True, stdout=subprocess.DEVNULL)
    figures[f"training step {width}, 2 threads, ms"] = (bench("train-throughput", "--width", width, "--start", start, "--warmup", 8, "--steps", 14), number(r'"median_ms":([\d.]+)'))
for norm in ("instance", "group", "layer", "rms", "response", "instance-batch"):
    figures[f"norm {norm}, ms"] = (bench("norms", "--norm", norm, "--rounds", 12), number(r'"both_ms":([\d.]+)'))
for what in ("update", "fit"):
    for precision in ("float32", "float64"):
        figures[f"reservoir {what}, {precision}, s"] = (bench("reservoir", "--what", what, "--precision", precision), number(r'"seconds": ([\d.]+)'))
figures["ridge by products, ms"] = (bench("readout", "--repeats", 5), number(r"taking in float64\D*([\d.]+)"))
figures["ridge by QR, processor s"] = (bench("reservoir", "--what", "qr", "--units", 400, "--precision", "float64", "--repeats", 2), number(r'"processor_s": ([\d.]+)'))
table = f"{work}/shop.csv"
subprocess.run(cli("sample", "series", "--out", table)(options.builds[0]), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
figures["forecast of the sample shop, s"] = (cli("forecast", table, "--target", "visitors", "--horizon", 28, "--json"), seconds)
images = f"{work}/flowers"
subprocess.run(cli("sample", "flowers", "--out", images)(options.builds[0]), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
image = next(os.path.join(folder, name) for folder, _, names in os.walk(images) for name in sorted(names) if name.endswith((".jpg", ".png")))
figures["flowers readout, s"] = (cli("train", images, "--mode", "readout", "--no-report", "--runs", f"{work}/runs", "--out", f"{work}/flowers.graft", "--json"), seconds)
figures["cold start: one image told, s"] = (cli("predict", f"{work}/flowers.graft", image), seconds)

times = {name: [[] for _ in options.builds] for name in figures if re.search(options.only, name)}
subprocess.run(figures["flowers readout, s"][0](options.builds[0]), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for pair in range(options.pairs):
    for name, kept in times.items():
        command, read = figures[name]
        sides = list(range(len(options.builds)))
        for side in sides if pair % 2 == 0 else sides[::-1]:
            begin = time.perf_counter()
            result = subprocess.run(command(options.builds[side]), capture_output=True, text=True)
            elapsed = time.perf_counter() - begin
            if result.returncode != 0:
                raise SystemExit(f"{name}: {result.stderr}")
            kept[side].append(read(result.stdout, elapsed))
    print(f"pair {pair + 1} of {options.pairs}", flush=True)
earlier = [os.path.basename(build.rstrip("/")) for build in options.builds[:-1]]
print(f"| figure | {' | '.join(earlier)} | after | " + " | ".join(f"{name}: ratio of medians | of pairs" for name in earlier) + " |")
print("|---" * (2 + 3 * len(earlier)) + "|")
for name, kept in times.items():
    medians = [statistics.median(side) for side in kept]
    ratios = [f"{median / medians[-1]:.3f} | {statistics.median(x / y for x, y in zip(side, kept[-1])):.3f}" for median, side in zip(medians, kept[:-1])]
    print(f"| {name} | " + " | ".join(f"{median:.4g}" for median in medians) + " | " + " | ".join(ratios) + " |")
