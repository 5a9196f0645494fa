#!/usr/bin/env python3
"""Trunk features of a Teachable Machine export, computed by torch from the TensorFlow.js files, for comparison with Graft's.

    python3 bench/peers/tm_features.py EXPORT OUT.json IMAGE...
    dotnet run -c Release --project bench/Graft.Bench -- features --export EXPORT --reference OUT.json

EXPORT is the folder with model.json. Each image's middle square is resized by PIL to the model's side, bilinear, and becomes value / 127 - 1; with no IMAGE, two images of random pixels are taken.
OUT.json holds the features and, beside it, OUT.json.pixels the float32 pixels. Tried with torch 1.13.1, numpy 1.24 and PIL 9.4 (Debian 12).
"""
import json
import sys
import numpy as np
import torch
import torch.nn.functional as F

from teachable_machine import read_weights, trunk


def pixels(paths, side):
    if not paths:
        return np.random.RandomState(0).uniform(-1, 1, (2, side, side, 3)).astype(np.float32)
    from PIL import Image
    images = []
    for path in paths:
        image = Image.open(path).convert("RGB")
        edge = min(image.size)
        left, top = (image.width - edge) // 2, (image.height - edge) // 2
        image = image.crop((left, top, left + edge, top + edge)).resize((side, side), Image.BILINEAR)
        images.append(np.asarray(image, np.float32) / 127 - 1)
    return np.stack(images)


def main():
    export, out, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
    try:
        side = json.load(open(f"{export}/metadata.json", encoding="utf-8"))["imageSize"]
    except FileNotFoundError:
        side = 224
    images = pixels(paths, side)
    with torch.no_grad():
        features = trunk(export)(torch.from_numpy(images).permute(0, 3, 1, 2))
        weights = {name: torch.from_numpy(value.copy()) for name, value in read_weights(export).items()}
        logits = None
        if "dense_Dense1/kernel" in weights:
            hidden = F.relu(features @ weights["dense_Dense1/kernel"] + weights["dense_Dense1/bias"])
            logits = (hidden @ weights["dense_Dense2/kernel"]).numpy()
    features = features.numpy()
    images.tofile(f"{out}.pixels")
    with open(out, "w", encoding="utf-8") as f:
        json.dump({"shape": list(images.shape), "features": features.reshape(-1).tolist(), "logits": None if logits is None else logits.reshape(-1).tolist()}, f)
    print(f"{images.shape[0]} images of {side} pixels; features {features.shape}, standard deviation {features.std():.4f}")


main()
