"""Makes resnets.json: the logits of torchvision's ResNets, and of IBN-Nets written after their paper, for weights and images that
both languages make from one formula. Counts of parameters come with them.

Made with Python 3.11, torch 1.13.0, torchvision 0.14.1 (Debian 12: python3-torch, python3-torchvision). Run it in this folder.
With the name of a network and a resolution it also saves NAME.pth and NAME.json, a check by hand at full size.
"""
import json
import sys

import numpy as np
import torch
import torchvision
from torch import nn


def uniform(count, seed):
    """Numbers in [-1, 1): the lowest 32 bits of two rounds of multiply and shift, exact in float64, then rounded to float32."""
    i = np.arange(count, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (i * np.uint64(2654435761) + np.uint64(seed) * np.uint64(40503) + np.uint64(12345)) & mask
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & mask
    return h.astype(np.float64) / 2147483648.0 - 1.0


def tensor(shape, seed, scale=1.0, offset=0.0):
    return torch.from_numpy((offset + scale * uniform(int(np.prod(shape)), seed)).astype(np.float32).reshape(shape))


class InstanceBatchNorm(nn.Module):
    """arXiv:1807.09441, figure 3 (a): instance norm on the first half of the channels, batch norm on the rest."""

    def __init__(self, channels):
        super().__init__()
        self.IN = nn.InstanceNorm2d(channels // 2, affine=True)
        self.BN = nn.BatchNorm2d(channels - channels // 2)

    def forward(self, x):
        half = self.IN.num_features
        return torch.cat([self.IN(x[:, :half].contiguous()), self.BN(x[:, half:].contiguous())], 1)


class NormAfterAddition(nn.Module):
    """arXiv:1807.09441, figure 3 (b): a residual block of torchvision whose sum is normalized before its last ReLU."""

    def __init__(self, block):
        super().__init__()
        for name, module in block.named_children():
            self.add_module(name, module)
        self.IN = nn.InstanceNorm2d((block.bn3 if hasattr(block, "bn3") else block.bn2).num_features, affine=True)

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if hasattr(self, "conv3"):
            y = self.bn3(self.conv3(self.relu(y)))
        return self.relu(self.IN(y + x))


def resnet(name, classes):
    depth, _, variant = name.partition("_")
    model = getattr(torchvision.models, depth)(num_classes=classes)
    if variant == "ibn_a":
        for layer in (model.layer1, model.layer2, model.layer3):
            for block in layer:
                block.bn1 = InstanceBatchNorm(block.bn1.num_features)
    if variant == "ibn_b":
        model.bn1 = nn.InstanceNorm2d(64, affine=True)
        for layer in (model.layer1, model.layer2):
            layer[-1] = NormAfterAddition(layer[-1])
    return model


def mobilenetv2_ibn(classes):
    """The expansion's norm of the inverted residuals of 24 to 96 channels: the rows of arXiv:1801.04381, table 2, up to stride 16."""
    model = torchvision.models.mobilenet_v2(num_classes=classes)
    for block in model.features[2:14]:
        block.conv[0][1] = InstanceBatchNorm(block.conv[0][1].num_features)
    return model


def fill(model):
    """Weight number i, in the order of the modules, has the seed 100 + i."""
    seed, filled = 100, {}
    for key, value in model.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        name, shape = key.rsplit(".", 1)[1], tuple(value.shape)
        if name == "running_var":
            scale, offset = 0.5, 1.0
        elif name in ("running_mean", "bias"):
            scale, offset = 0.5, 0.0
        elif len(shape) == 1:
            scale, offset = 0.5, 1.5
        elif len(shape) == 4:
            scale, offset = np.sqrt(2.0 / (shape[1] * shape[2] * shape[3])), 0.0
        else:
            scale, offset = 0.1, 0.0
        filled[key] = tensor(shape, seed, scale, offset)
        seed += 1
    model.load_state_dict(filled, strict=False)


def run(name, resolution, classes=10, batch=2):
    torch.manual_seed(0)
    model = mobilenetv2_ibn(classes) if name.startswith("mobilenet") else resnet(name, classes)
    fill(model)
    images = tensor((batch, resolution, resolution, 3), 7, 2).permute(0, 3, 1, 2).contiguous()
    with torch.no_grad():
        logits = model.double().eval()(images.double())
    print(name, resolution, "deviation of the logits", float(logits.std()))
    return model, dict(name=name, resolution=resolution, logits=[float(np.float32(v)) for v in logits.reshape(-1)])


if __name__ == "__main__":
    if len(sys.argv) == 3:
        model, result = run(sys.argv[1], int(sys.argv[2]), classes=1000)
        torch.save(model.float().state_dict(), f"{sys.argv[1]}.pth")
        json.dump(result, open(f"{sys.argv[1]}.json", "w"))
        sys.exit()
    names = [f"resnet{depth}{variant}" for depth in (18, 34, 50, 101) for variant in ("", "_ibn_a", "_ibn_b")] + ["mobilenetv2_100_ibn_a"]
    counts = {}
    for name in names:
        model = mobilenetv2_ibn(1000) if name.startswith("mobilenet") else resnet(name, 1000)
        counts[name] = sum(p.numel() for p in model.parameters())
    networks = [run(name, resolution)[1] for name, resolution in (
        ("resnet18", 64), ("resnet18", 75), ("resnet50", 64), ("resnet18_ibn_a", 64), ("resnet18_ibn_b", 64), ("resnet50_ibn_a", 64),
        ("resnet50_ibn_b", 64), ("mobilenetv2_100_ibn_a", 96))]
    with open("resnets.json", "w") as file:
        file.write('{"parameters": ' + json.dumps(counts) + ',\n "networks": [\n' + ",\n".join(json.dumps(n) for n in networks) + "]}\n")
