#!/usr/bin/env python3
"""Small networks as ONNX files that PyTorch wrote, and what PyTorch computes.

Made with torch 1.13.0 and torchvision 0.14.1 (Debian 12's python3-torch and python3-torchvision). Run it in its own folder.
Each network `name` gives `name.onnx` and the entry `name` of reference.json: a seed for the input, its shape, and the output.
"""
import json

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models import mobilenet_v2
from torchvision.models.mobilenetv3 import InvertedResidualConfig, MobileNetV3
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet


def uniform(count, seed, scale=1.0, offset=0.0):
    """TestNumbers.Uniform."""
    h = (np.arange(count, dtype=np.uint64) * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    return (offset + scale * (h.astype(np.float64) / 2147483648.0 - 1.0)).astype(np.float32)


def randomize(model):
    torch.manual_seed(1)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.5, 0.5)
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 1.5)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.3)
    return model.eval()


def mobilenet_v3(squeeze):
    def row(inputs, kernel, expanded, outputs, activation, stride):
        return InvertedResidualConfig(inputs, kernel, expanded, outputs, squeeze, activation, stride, 1, 1.0)

    rows = [row(8, 3, 8, 8, "RE", 2), row(8, 3, 24, 16, "RE", 2), row(16, 5, 40, 16, "HS", 1), row(16, 5, 32, 24, "HS", 2)]
    return MobileNetV3(rows, 32, num_classes=5)


class Resnet(ResNet):
    """torchvision's ResNet at an eighth of its width, on one block a stage."""

    def __init__(self, block):
        super().__init__(block, [1, 1, 1, 1], num_classes=6)
        self.inplanes = 8
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = self._make_layer(block, 8, 1)
        self.layer2 = self._make_layer(block, 12, 1, 2)
        self.layer3 = self._make_layer(block, 16, 1, 2)
        self.layer4 = self._make_layer(block, 20, 1, 2)
        self.fc = nn.Linear(20 * block.expansion, 6)


class Mixed(nn.Module):
    """What the others lack: SiLU, sigmoid, a resize, average pooling, padding before a convolution, x.view by a computed shape, a softmax."""

    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3)
        self.b = nn.Conv2d(8, 8, 3, 2, padding=1, groups=4)
        self.c = nn.Conv2d(8, 8, 3, dilation=2, padding=2)
        self.d = nn.Linear(8, 7)
        self.e = nn.Linear(7, 4, bias=False)

    def forward(self, x):
        x = (x - 0.25) / torch.tensor([0.5, 0.25, 0.75]).view(1, 3, 1, 1)
        x = F.silu(self.a(F.pad(x, (0, 1, 1, 2))))
        x = F.avg_pool2d(F.hardsigmoid(self.b(x)), 3, 2, 1, count_include_pad=False)
        y = F.interpolate(self.c(x), scale_factor=2, mode="bilinear", align_corners=False)
        z = F.interpolate(x, scale_factor=2, mode="nearest")
        x = F.max_pool2d(torch.sigmoid(y) + z, 2)
        x = x.mean([2, 3], keepdim=True)
        x = x.view(x.size(0), -1)
        return torch.softmax(self.e(F.hardswish(self.d(x))), 1)


entries = {}


def write(name, model, size=(2, 3, 32, 32), opset=13, fixed=False, **options):
    model = randomize(model)
    n, c, h, w = size
    x = torch.from_numpy(uniform(n * h * w * c, 5, 2.0).reshape(n, h, w, c).transpose(0, 3, 1, 2).copy())
    axes = None if fixed else {"input": {0: "batch"}, "output": {0: "batch"}}
    torch.onnx.export(model, x[:1] if fixed else x, f"{name}.onnx", opset_version=opset, input_names=["input"], output_names=["output"], dynamic_axes=axes, **options)
    with torch.no_grad():
        y = model.double()(x.double())
    entries[name] = {"shape": [n, h, w, c], "output": [float(f"{v:.7g}") for v in y.flatten().tolist()]}


unfolded = dict(training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
write("mobilenet_v2", mobilenet_v2(width_mult=0.1, num_classes=5, inverted_residual_setting=[[1, 8, 1, 1], [3, 8, 2, 2], [3, 16, 2, 2]]))
write("mobilenet_v2_unfolded", mobilenet_v2(width_mult=0.1, num_classes=5, inverted_residual_setting=[[1, 8, 1, 1], [3, 8, 2, 2]]), opset=11, **unfolded)
write("mobilenet_v3", mobilenet_v3(False), opset=14)
write("mobilenet_v3_opset11", mobilenet_v3(False), opset=11)
write("mobilenet_v3_squeeze", mobilenet_v3(True), opset=17)
write("resnet_basic", Resnet(BasicBlock), opset=17)
write("resnet_bottleneck", Resnet(Bottleneck), opset=12, fixed=True)
write("mixed", Mixed(), size=(2, 3, 25, 30), opset=14)
json.dump(entries, open("reference.json", "w"), indent=0)
