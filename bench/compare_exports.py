#!/usr/bin/env python3
"""What `graft export` writes for PyTorch, loaded by timm's and torchvision's own networks, strictly: the largest difference of their outputs from Graft's, of the largest output.

    dotnet build -c Release bench/Graft.Bench && dotnet build -c Release src/Graft.Cli
    PYTHONPATH=TIMM python3 bench/compare_exports.py [--only timm|torchvision] [--none] [MODEL.graft ...]

TIMM is a folder with timm's source, its repository's root (1.0.29.dev0 was tried); without it only torchvision's are compared. Random weights and norm statistics for each family, with a head of five classes, without a
head, and with TensorFlow's borders; the trunks that come with Graft; and models of one's own, which --none takes alone. What makes each network is the line that the command prints, and it is run as it stands.
A difference above 1e-4 ends the script with 1. Tried with torch 1.13.0 and torchvision 0.14.1 (Debian 12: python3-torch, python3-torchvision).
"""
import argparse
import os
import subprocess
import sys
import tempfile

import torch
import torchvision

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "peers"))
import tensor_file  # noqa: E402

try:
    import timm
except ImportError:
    timm = None

BENCH = os.path.join(HERE, "Graft.Bench/bin/Release/net10.0/Graft.Bench.dll")
GRAFT = os.path.join(HERE, "../src/Graft.Cli/bin/Release/net10.0/graft.dll")
TOLERANCE = 1e-4
# The architecture, classes (0: no head), TensorFlow's borders, and whose networks take it.
BOTH, TIMM, TORCHVISION = ["timm", "torchvision"], ["timm"], ["torchvision"]
MODELS = [
    ("mobilenetv1_025", 5, 0, TIMM), ("mobilenetv1_100", 5, 1, TIMM), ("mobilenetv1_100h", 5, 0, TIMM),
    ("mobilenetv2_025", 5, 0, BOTH), ("mobilenetv2_035", 5, 0, BOTH), ("mobilenetv2_140", 5, 0, BOTH), ("mobilenetv2_100", 0, 0, BOTH), ("mobilenetv2_100", 5, 1, TIMM),
    ("mobilenetv3_large_100", 5, 0, BOTH), ("mobilenetv3_large_075", 5, 0, TIMM), ("mobilenetv3_small_100", 5, 0, BOTH), ("mobilenetv3_small_100", 0, 0, BOTH), ("mobilenetv3_small_075", 5, 1, TIMM), ("efficientnet_lite2", 5, 1, TIMM),
    ("tf_mobilenetv3_large_100", 5, 0, TIMM), ("tf_mobilenetv3_small_minimal_100", 0, 0, TIMM),
    ("mobilenetv4_conv_small", 5, 0, TIMM), ("mobilenetv4_conv_small_050", 0, 0, TIMM), ("mobilenetv4_conv_medium", 5, 0, TIMM), ("mobilenetv4_conv_small", 5, 1, TIMM),
    ("efficientnet_lite0", 5, 0, TIMM), ("tf_efficientnet_lite1", 5, 0, TIMM),
    ("resnet18", 5, 0, BOTH), ("resnet50", 5, 0, BOTH), ("resnet50", 0, 0, BOTH),
]
BUILTIN = ["builtin", "builtin-large"]


def run(*command):
    done = subprocess.run(["dotnet", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def compare(model, outputs, names, work):
    """Exports a model and lets the line that is printed load it."""
    file = os.path.join(work, "exported.safetensors")
    printed = run(GRAFT, "export", model, "--out", file, "--names", names)
    line = next(line for line in printed.splitlines() if "In Python: " in line).split("In Python: ")[1]
    scope = {"timm": timm, "torchvision": torchvision, "load_file": lambda name: tensor_file.read(os.path.join(work, name))[0]}
    exec(line, scope)
    network = scope["model"].eval()
    if "strict=False" in line:
        drop_head(network)
        network.load_state_dict(tensor_file.read(file)[0])
    given = tensor_file.read(outputs)[0]
    with torch.no_grad():
        theirs = network(given["pixels"].permute(0, 3, 1, 2).contiguous())
    assert theirs.shape == given["outputs"].shape, f"{list(theirs.shape)} and {list(given['outputs'].shape)}"
    return float((theirs - given["outputs"]).abs().max() / theirs.abs().max()), line.split(";")[0].replace("model = ", "")


def drop_head(network):
    """torchvision's networks have a head; the layer that knows the classes goes, then all that is left must be there."""
    if hasattr(network, "fc"):
        network.fc = torch.nn.Identity()
    else:
        network.classifier[-1] = torch.nn.Identity()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*")
    parser.add_argument("--only", choices=BOTH)
    parser.add_argument("--none", action="store_true")
    args = parser.parse_args()
    programs = [name for name in BOTH if args.only in (None, name) and (name == "torchvision" or timm)]
    worst = 0
    with tempfile.TemporaryDirectory() as work:
        outputs, saved = os.path.join(work, "outputs.safetensors"), os.path.join(work, "model.graft")
        cases = [] if args.none else [(f"{name}{', same' if same else ''}, {classes or 'no'} classes", saved, ["--model", name, "--classes", str(classes), "--same", str(same), "--save", saved], takers) for name, classes, same, takers in MODELS]
        cases += [] if args.none else [(name, name, ["--model", name], TIMM) for name in BUILTIN]
        cases += [(path, path, ["--model", path], TIMM) for path in args.models]
        for title, model, options, takers in cases:
            wanted = [name for name in takers if name in programs]
            if not wanted:
                continue
            run(BENCH, "outputs", *options, "--out", outputs)
            for names in wanted:
                apart, line = compare(model, outputs, names, work)
                worst = max(worst, apart)
                print(f"{title:45} {apart:8.1e}  {line}", flush=True)
    print(f"the largest of all: {worst:.1e}, {'within' if worst <= TOLERANCE else 'ABOVE'} {TOLERANCE:.0e}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
