"""The trunk of a Teachable Machine export (MobileNetV2, Keras names) as a torch module: SAME padding, epsilon 1e-3.

Written for torch 1.13. Nothing of Graft is used: this is the other side of comparisons.
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def read_weights(folder):
    """Every weight of a TensorFlow.js layers model by name."""
    with open(os.path.join(folder, "model.json")) as file:
        groups = json.load(file)["weightsManifest"]
    weights = {}
    for group in groups:
        data = b"".join(open(os.path.join(folder, path), "rb").read() for path in group["paths"])
        offset = 0
        for spec in group["weights"]:
            count = int(np.prod(spec["shape"]))
            assert spec["dtype"] == "float32" and "quantization" not in spec
            weights[spec["name"]] = np.frombuffer(data, np.float32, count, offset).reshape(spec["shape"])
            offset += 4 * count
    return weights


class Same(nn.Module):
    """A convolution with TensorFlow's SAME padding and its batch norm."""

    def __init__(self, weights, conv, norm, stride, activate):
        super().__init__()
        depthwise = f"{conv}/depthwise_kernel" in weights
        kernel = weights[f"{conv}/depthwise_kernel" if depthwise else f"{conv}/kernel"]  # HWIO, or (H, W, C, 1)
        kernel = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
        out, inputs, size, _ = kernel.shape
        self.conv = nn.Conv2d(out if depthwise else inputs, out, size, stride, groups=out if depthwise else 1, bias=False)
        self.conv.weight.data = torch.from_numpy(kernel.copy())
        self.norm = nn.BatchNorm2d(out, eps=1e-3)
        for ours, theirs in (("weight", "gamma"), ("bias", "beta"), ("running_mean", "moving_mean"), ("running_var", "moving_variance")):
            getattr(self.norm, ours).data = torch.from_numpy(weights[f"{norm}/{theirs}"].copy())
        self.activate = activate

    def forward(self, x):
        size, stride = self.conv.kernel_size[0], self.conv.stride[0]
        if size > 1:
            pads = []
            for extent in (x.shape[3], x.shape[2]):
                total = max((math.ceil(extent / stride) - 1) * stride + size - extent, 0)
                pads += [total // 2, total - total // 2]
            x = F.pad(x, pads)
        x = self.norm(self.conv(x))
        return F.relu6(x) if self.activate else x


class Block(nn.Module):
    def __init__(self, weights, prefix, stride):
        super().__init__()
        layers = []
        if f"{prefix}expand/kernel" in weights:
            layers.append(Same(weights, f"{prefix}expand", f"{prefix}expand_BN", 1, True))
        layers.append(Same(weights, f"{prefix}depthwise", f"{prefix}depthwise_BN", stride, True))
        layers.append(Same(weights, f"{prefix}project", f"{prefix}project_BN", 1, False))
        self.layers = nn.Sequential(*layers)
        self.shortcut = stride == 1 and layers[0].conv.in_channels == layers[-1].conv.out_channels

    def forward(self, x):
        y = self.layers(x)
        return x + y if self.shortcut else y


def trunk(folder):
    """A module from [n, 3, 224, 224] in [-1, 1] to [n, 1280]."""
    weights = read_weights(folder)
    strides = {1: 2, 3: 2, 6: 2, 13: 2}  # of block_i; the others have 1
    return nn.Sequential(
        Same(weights, "Conv1", "bn_Conv1", 2, True),
        Block(weights, "expanded_conv_", 1),
        *(Block(weights, f"block_{i}_", strides.get(i, 1)) for i in range(1, 17)),
        Same(weights, "Conv_1", "Conv_1_bn", 1, True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
    ).eval()
