"""The job of `graft train` in torch: decode with PIL, features of a Teachable Machine trunk, a ridge head whose penalty
generalized cross-validation chooses. Written for torch 1.13, torchvision 0.14, PIL 9.4.

    python3 train_readout.py EXPORT IMAGES [--seed 0] [--workers 2] [--batch 32] [--save FEATURES.npz]

Prints one JSON object.
"""
import argparse
import json
import os
import time

start = time.perf_counter()

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from teachable_machine import trunk


class Images(Dataset):
    def __init__(self, folder):
        self.classes = sorted(d for d in os.listdir(folder) if os.path.isdir(os.path.join(folder, d)))
        self.items = [(os.path.join(folder, c, f), i) for i, c in enumerate(self.classes) for f in sorted(os.listdir(os.path.join(folder, c)))]
        # Teachable Machine's preprocessing: the middle square, bilinear, x / 127 - 1.
        self.transform = transforms.Compose([
            transforms.Resize(224, transforms.InterpolationMode.BILINEAR), transforms.CenterCrop(224), transforms.ToTensor(),
            transforms.Normalize([127 / 255] * 3, [127 / 255] * 3)])

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        path, label = self.items[i]
        with Image.open(path) as image:
            return self.transform(image.convert("RGB")), label


def ridge(x, y, classes):
    """Weights and intercept by generalized cross-validation over 61 penalties."""
    targets = torch.eye(classes, dtype=torch.float64)[y]
    mean, target_mean = x.mean(0), targets.mean(0)
    x, targets = x - mean, targets - target_mean
    values, vectors = torch.linalg.eigh(x.T @ x)
    values = values.clamp(min=0)
    projected = vectors.T @ (x.T @ targets)
    total = (targets ** 2).sum()
    best = None
    for penalty in values.mean() * torch.logspace(-6, 4, 61, dtype=torch.float64):
        shrunk = projected / (values + penalty)[:, None]
        residual = total - 2 * (projected * shrunk).sum() + (values[:, None] * shrunk ** 2).sum()
        freedom = 1 + (values / (values + penalty)).sum()
        score = residual / (len(x) - freedom) ** 2
        if best is None or score < best[0]:
            best = score, shrunk
    weights = vectors @ best[1]
    return weights, target_mean - mean @ weights


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("export")
    parser.add_argument("images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--save")
    args = parser.parse_args()

    data = Images(args.images)
    model = trunk(args.export)
    if args.channels_last:
        model = model.to(memory_format=torch.channels_last)
    features, labels = [], []
    with torch.inference_mode():
        for images, truth in DataLoader(data, args.batch, num_workers=args.workers):
            if args.channels_last:
                images = images.contiguous(memory_format=torch.channels_last)
            features.append(model(images))
            labels.append(truth)
    x, y = torch.cat(features).double(), torch.cat(labels)
    if args.save:
        np.savez(args.save, features=x.float().numpy(), paths=[p for p, _ in data.items])

    order = np.random.default_rng(args.seed).permutation(len(y))
    held = np.zeros(len(y), bool)
    for c in range(len(data.classes)):
        members = [i for i in order if y[i] == c]
        held[members[:round(0.2 * len(members))]] = True
    weights, bias = ridge(x[~held], y[~held], len(data.classes))
    top1 = ((x[held] @ weights + bias).argmax(1) == y[held]).double().mean().item()
    ridge(x, y, len(data.classes))  # the head that would be kept
    print(json.dumps({"val_top1": top1, "images": len(y), "seconds": time.perf_counter() - start}))


if __name__ == "__main__":
    main()
