#!/usr/bin/env python3
"""Logits of torchvision's networks in torch and in Graft, from each kind of file that torch writes them to: the largest difference, of the largest logit.

    dotnet build -c Release bench/Graft.Bench
    python3 bench/compare_logits.py [--only mobilenet_v2 ...] [IMAGE ...]

Weights are random, and so are means, variances, scales and shifts of the norms. Each network is written four times: by torch.save, by torch.save as before torch 1.6, as safetensors and by torch.onnx.export.
Graft reads each, and computes it node by node in its scalar reference and as its fused inference plan does; a difference above 1e-4 ends the script with 1. Pictures are resized to 256 and
cut to the middle 224; with none, pixels are random. Tried with torch 1.13.0, torchvision 0.14.1, PIL 9.4 (Debian 12: python3-torch, python3-torchvision).
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torchvision
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "peers"))
import tensor_file  # noqa: E402

GRAFT = os.path.join(HERE, "Graft.Bench/bin/Release/net10.0/Graft.Bench.dll")
NETWORKS = ["mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", "resnet50"]
TOLERANCE = 1e-4
WRITERS = {
    "zip.pth": lambda model, images, path: torch.save(model.state_dict(), path),
    "legacy.pth": lambda model, images, path: torch.save(model.state_dict(), path, _use_new_zipfile_serialization=False),
    "weights.safetensors": lambda model, images, path: tensor_file.write(path, model.state_dict()),
    "network.onnx": lambda model, images, path: torch.onnx.export(model, images, path, opset_version=17, input_names=["image"], output_names=["logits"], dynamic_axes={"image": {0: "n"}, "logits": {0: "n"}}),
}


def network(name):
    torch.manual_seed(1)
    model = getattr(torchvision.models, name)()
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in" if module.groups == 1 else "fan_out")
        elif isinstance(module, nn.BatchNorm2d):
            for values, low, high in [(module.weight, 0.5, 1.5), (module.bias, -0.5, 0.5), (module.running_mean, -0.5, 0.5), (module.running_var, 0.5, 1.5)]:
                nn.init.uniform_(values, low, high)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.05)
            nn.init.uniform_(module.bias, -0.1, 0.1)
    return model.eval()


def pictures(paths):
    if not paths:
        return torch.rand((2, 3, 224, 224), generator=torch.Generator().manual_seed(2)) * 4 - 2
    from PIL import Image
    from torchvision import transforms
    prepare = transforms.Compose([transforms.Resize(256), transforms.CenterCrop(224), transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    return torch.stack([prepare(Image.open(path).convert("RGB")) for path in paths])


def graft(file, reference):
    """The differences of the scalar reference and of the plan that the benchmark prints."""
    done = subprocess.run(["dotnet", GRAFT, "features", "--export", file, "--reference", reference], stdout=subprocess.PIPE, universal_newlines=True)
    found = [float(number) for number in re.findall(r"^logits.*= (\S+) over", done.stdout, re.MULTILINE)]
    assert len(found) == 2, f"Graft did not compare {file}:\n{done.stdout}"
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", nargs="*")
    parser.add_argument("--only", nargs="+", choices=NETWORKS, default=NETWORKS)
    args = parser.parse_args()
    images, worst = pictures(args.images), 0
    print(f"{len(images)} {'pictures' if args.images else 'images of random pixels'}; largest difference from torch's float32 logits, of the largest logit")
    print(f"{'':20} {'file':22} {'scalar':>9} {'plan':>9}   torch's own from float64")
    with tempfile.TemporaryDirectory() as work:
        reference = os.path.join(work, "torch.json")
        images.permute(0, 2, 3, 1).contiguous().numpy().astype(np.float32).tofile(f"{reference}.pixels")
        for name in args.only:
            model = network(name)
            with torch.no_grad():
                logits, exact = model(images), network(name).double()(images.double())
            with open(reference, "w", encoding="utf-8") as file:
                json.dump({"shape": [len(images), 224, 224, 3], "logits": logits.reshape(-1).tolist()}, file)
            own = float((logits - exact).abs().max() / exact.abs().max())
            for kind, write in WRITERS.items():
                path = os.path.join(work, f"{name}.{kind}")
                write(model, images, path)
                scalar, plan = graft(path, reference)
                worst = max(worst, scalar, plan)
                print(f"{name:20} {kind:22} {scalar:9.1e} {plan:9.1e}   {own:.1e}", flush=True)
                os.remove(path)
    print(f"the largest of all: {worst:.1e}, {'within' if worst <= TOLERANCE else 'ABOVE'} {TOLERANCE:.0e}")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
