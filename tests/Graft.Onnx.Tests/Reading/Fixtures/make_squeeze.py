#!/usr/bin/env python3
"""Squeeze-and-excitation as PyTorch's libraries write it, as an ONNX file, and what PyTorch computes: squeeze.onnx and squeeze.json.

Made with torch 1.13.0 (Debian 12's python3-torch). Run it in its own folder.
"""
import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def uniform(count, seed, scale=1.0, offset=0.0):
    """TestNumbers.Uniform."""
    h = (np.arange(count, dtype=np.uint64) * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    return (offset + scale * (h.astype(np.float64) / 2147483648.0 - 1.0)).astype(np.float32)


class Torchvision(nn.Module):
    """torchvision.ops.SqueezeExcitation as MobileNetV3 has it: convolutions on the pooled value, a hard sigmoid, the factors first."""

    def __init__(self, channels, squeezed):
        super().__init__()
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        return F.hardsigmoid(self.fc2(F.relu(self.fc1(self.avgpool(x))))) * x


class Timm(nn.Module):
    """timm.layers.SqueezeExcite: a mean that keeps its axes, a sigmoid, the image first."""

    def __init__(self, channels, squeezed):
        super().__init__()
        self.conv_reduce = nn.Conv2d(channels, squeezed, 1)
        self.conv_expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.conv_expand(F.silu(self.conv_reduce(x.mean((2, 3), keepdim=True)))))


class Hu(nn.Module):
    """Dense layers between two views, as the paper has them."""

    def __init__(self, channels, squeezed):
        super().__init__()
        self.fc1 = nn.Linear(channels, squeezed, bias=False)
        self.fc2 = nn.Linear(squeezed, channels, bias=False)

    def forward(self, x):
        batch, channels = x.shape[:2]
        s = F.adaptive_avg_pool2d(x, 1).view(batch, channels)
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(s)))).view(batch, channels, 1, 1)


class Blocks(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, 2, 1)
        self.a = Torchvision(12, 4)
        self.conv = nn.Conv2d(12, 12, 3, padding=1, groups=12)
        self.b = Timm(12, 3)
        self.c = Hu(12, 4)
        self.gate = nn.Conv2d(12, 12, 1)

    def forward(self, x):
        x = self.a(F.hardswish(self.stem(x)))
        x = self.c(self.b(F.relu(self.conv(x))))
        return x * torch.sigmoid(self.gate(x))


torch.manual_seed(1)
model = Blocks().eval()
for parameter in model.parameters():
    nn.init.normal_(parameter, 0, 0.5)
n, h, w, c = 2, 13, 11, 3
x = torch.from_numpy(uniform(n * h * w * c, 5, 2.0).reshape(n, h, w, c).transpose(0, 3, 1, 2).copy())
axes = {"input": {0: "batch"}, "output": {0: "batch"}}
torch.onnx.export(model, x, "squeeze.onnx", opset_version=13, input_names=["input"], output_names=["output"], dynamic_axes=axes)
with torch.no_grad():
    y = model.double()(x.double()).permute(0, 2, 3, 1)
json.dump({"shape": [n, h, w, c], "output_shape": list(y.shape), "output": [float(f"{v:.9g}") for v in y.flatten().tolist()]}, open("squeeze.json", "w"))
