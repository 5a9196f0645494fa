#!/usr/bin/env python3
"""Trunk features of a Teachable Machine export, computed by torch from the TensorFlow.js files, for comparison with Graft's.

    python3 bench/peers/tm_features.py EXPORT OUT.json IMAGE...
    dotnet run -c Release --project bench/Graft.Bench -- features --export EXPORT --reference OUT.json

EXPORT is the folder with model.json. The MobileNetV2 is written down here once more, apart from Graft's reader: SAME padding, epsilon 1e-3, HWIO kernels turned.
Each picture's middle square is resized by PIL to the model's side, bilinear, and becomes value / 127 - 1; with no IMAGE, two pictures of random pixels are taken.
OUT.json holds the features and, beside it, OUT.json.pixels the float32 pixels. Tried with torch 1.13.1, numpy 1.24 and PIL 9.4 (Debian 12).
"""
import json
import sys
import numpy as np
import torch
import torch.nn.functional as F


def read_weights(folder):
    with open(f"{folder}/model.json", encoding="utf-8") as f:
        model = json.load(f)
    weights = {}
    for group in model["weightsManifest"]:
        data = b"".join(open(f"{folder}/{p}", "rb").read() for p in group["paths"])
        at = 0
        for w in group["weights"]:
            assert w["dtype"] == "float32" and "quantization" not in w, w
            count = int(np.prod(w["shape"]))
            weights[w["name"]] = torch.from_numpy(np.frombuffer(data, np.float32, count, at).reshape(w["shape"]).copy())
            at += 4 * count
    return weights


def same(x, kernel, stride):
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


class Trunk:
    def __init__(self, weights):
        self.w = weights

    def norm(self, x, name):
        w = self.w
        return F.batch_norm(x, w[f"{name}/moving_mean"], w[f"{name}/moving_variance"], w[f"{name}/gamma"], w[f"{name}/beta"], eps=1e-3)

    def conv(self, x, name, stride=1):
        kernel = self.w[f"{name}/kernel"].permute(3, 2, 0, 1)
        return F.conv2d(same(x, kernel.shape[2], stride), kernel, stride=stride)

    def depthwise(self, x, name, stride):
        kernel = self.w[f"{name}/depthwise_kernel"].permute(2, 3, 0, 1)
        return F.conv2d(same(x, 3, stride), kernel, stride=stride, groups=kernel.shape[0])

    def block(self, x, name, stride):
        y = x
        if f"{name}_expand/kernel" in self.w:
            y = F.relu6(self.norm(self.conv(y, f"{name}_expand"), f"{name}_expand_BN"))
        y = F.relu6(self.norm(self.depthwise(y, f"{name}_depthwise", stride), f"{name}_depthwise_BN"))
        y = self.norm(self.conv(y, f"{name}_project"), f"{name}_project_BN")
        return x + y if stride == 1 and x.shape == y.shape and name != "expanded_conv" else y

    def features(self, x):
        x = F.relu6(self.norm(self.conv(x, "Conv1", 2), "bn_Conv1"))
        x = self.block(x, "expanded_conv", 1)
        for i in range(1, 17):
            x = self.block(x, f"block_{i}", 2 if i in (1, 3, 6, 13) else 1)
        x = F.relu6(self.norm(self.conv(x, "Conv_1"), "Conv_1_bn"))
        return x.mean((2, 3))


def pixels(paths, side):
    if not paths:
        return np.random.RandomState(0).uniform(-1, 1, (2, side, side, 3)).astype(np.float32)
    from PIL import Image
    pictures = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        edge = min(image.size)
        left, top = (image.width - edge) // 2, (image.height - edge) // 2
        image = image.crop((left, top, left + edge, top + edge)).resize((side, side), Image.BILINEAR)
        pictures.append(np.asarray(image, np.float32) / 127 - 1)
    return np.stack(pictures)


def main():
    export, out, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    try:
        side = json.load(open(f"{export}/metadata.json", encoding="utf-8"))["imageSize"]
    except FileNotFoundError:
        side = 224
    images = pixels(paths, side)
    with torch.no_grad():
        trunk = Trunk(read_weights(export))
        features = trunk.features(torch.from_numpy(images).permute(0, 3, 1, 2)).numpy()
        logits = None
        if "dense_Dense1/kernel" in trunk.w:
            w = trunk.w
            logits = F.relu(torch.from_numpy(features) @ w["dense_Dense1/kernel"] + w["dense_Dense1/bias"]) @ w["dense_Dense2/kernel"]
    images.tofile(f"{out}.pixels")
    with open(out, "w", encoding="utf-8") as f:
        json.dump({"shape": list(images.shape), "features": features.reshape(-1).tolist(), "logits": None if logits is None else logits.numpy().reshape(-1).tolist()}, f)
    print(f"{images.shape[0]} pictures of {side} pixels; features {features.shape}, standard deviation {features.std():.4f}")


main()
