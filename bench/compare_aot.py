"""Compiles a small program that trains and classifies, ahead of time for different processors and just in time, runs each in turn, and prints the median milliseconds of classifying an image on one thread.

    python3 bench/compare_aot.py [--rounds 9] [--images 200]

It takes the ILCompiler package, which the SDK asks the feed for, and a linker (clang or gcc). Warnings of trimming and of compiling ahead of time are errors.
"""
import argparse, os, re, shutil, statistics, subprocess, tempfile

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=9)
parser.add_argument("--images", type=int, default=200)
options = parser.parse_args()
work = tempfile.mkdtemp()
project = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Graft.AotConsumer")


def publish(name, *properties):
    # Silenced for the one that is compiled without: that is what is measured.
    command = ["dotnet", "publish", "-c", "Release", "--use-current-runtime", "-nodeReuse:false", project, "-o", f"{work}/{name}", *properties]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return f"{work}/{name}/Graft.AotConsumer"


programs = {
    "just in time": publish("jit", "-p:PublishAot=false", "-p:SelfContained=false"),
    "no IlcInstructionSet": publish("none", "-p:NoWarn=GRAFT001"),
    "x86-64-v3": publish("v3", "-p:IlcInstructionSet=x86-64-v3"),
    "native": publish("native", "-p:IlcInstructionSet=native"),
}
times = {name: [] for name in programs}
said = {}
try:
    model = f"{work}/model.graft"
    for program in programs.values():
        print(subprocess.run([program, "train", model], check=True, capture_output=True, text=True).stdout.strip())
    for _ in range(options.rounds):
        for name, program in programs.items():
            text = subprocess.run([program, "time", model, str(options.images)], check=True, capture_output=True, text=True).stdout
            times[name].append(float(re.match(r"[\d.]+", text)[0]))
            said[name] = text.split(", ", 1)[1].strip()
    best = statistics.median(times["native"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:22}{middle:8.2f} ms  {min(values):.2f} to {max(values):.2f}  {middle / best:.2f} of native  ({said[name]})")
finally:
    shutil.rmtree(work)
