"""The job of `graft train --mode finetune` in torch: every weight of a Teachable Machine trunk and a new head, one-cycle AdamW, the norms'
statistics frozen, random resized crops and flips. Written for torch 1.13, torchvision 0.14, PIL 9.4.

    python3 finetune_torch.py EXPORT IMAGES [--seed 0] [--epochs 8] [--batch 32] [--rate 1e-3] [--workers 2] [--threads 2] [--contiguous] [--limit BATCHES]

Prints one JSON object: the accuracy on the fifth that was held out, and the seconds with decoding, starting Python included in seconds_with_start.
--limit stops each epoch and the evaluation after so many batches, to see that it runs.
"""
import argparse
import itertools
import json
import os
import time

start = time.perf_counter()

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from teachable_machine import trunk

loaded = time.perf_counter()


class Images(Dataset):
    def __init__(self, items, transform):
        self.items, self.transform = items, transform

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        path, label = self.items[i]
        with Image.open(path) as image:
            return self.transform(image.convert("RGB")), label


def split(folder, seed):
    """A fifth of each class is held out, as in train_readout.py."""
    classes = sorted(d for d in os.listdir(folder) if os.path.isdir(os.path.join(folder, d)))
    items = [(os.path.join(folder, c, f), i) for i, c in enumerate(classes) for f in sorted(os.listdir(os.path.join(folder, c)))]
    labels = [label for _, label in items]
    order, held = np.random.default_rng(seed).permutation(len(items)), set()
    for c in range(len(classes)):
        members = [i for i in order if labels[i] == c]
        held.update(members[:round(0.2 * len(members))])
    return [items[i] for i in range(len(items)) if i not in held], [items[i] for i in sorted(held)], classes


def groups(model, decay):
    """No decay on vectors."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    return [dict(params=matrices, weight_decay=decay), dict(params=vectors, weight_decay=0.0)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("export")
    parser.add_argument("images")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.05)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--contiguous", action="store_true", help="instead of channels last")
    parser.add_argument("--limit", type=int)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)

    normalize = transforms.Normalize([0.5] * 3, [0.5] * 3)
    bilinear = transforms.InterpolationMode.BILINEAR
    crops = transforms.Compose([transforms.RandomResizedCrop(224, (0.35, 1), interpolation=bilinear), transforms.RandomHorizontalFlip(), transforms.ToTensor(), normalize])
    middle = transforms.Compose([transforms.Resize(224, bilinear), transforms.CenterCrop(224), transforms.ToTensor(), normalize])
    train_items, held_items, classes = split(args.images, args.seed)
    train = DataLoader(Images(train_items, crops), args.batch, shuffle=True, drop_last=True, num_workers=args.workers, persistent_workers=args.workers > 0)
    held = DataLoader(Images(held_items, middle), args.batch, num_workers=args.workers)

    layout = torch.contiguous_format if args.contiguous else torch.channels_last
    features = trunk(args.export)
    model = nn.Sequential(features, nn.Dropout(0.2), nn.Linear(1280, len(classes)))
    nn.init.zeros_(model[2].weight)
    nn.init.zeros_(model[2].bias)
    model = model.to(memory_format=layout)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    batches = min(len(train), args.limit or len(train))
    optimizer = torch.optim.AdamW(groups(model, args.decay), args.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, args.rate, total_steps=args.epochs * batches + 1)
    losses = []
    for epoch in range(args.epochs):
        model.train()
        features.eval()  # the running statistics are used and kept
        total = 0.0
        for images, labels in itertools.islice(train, batches):
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(images.contiguous(memory_format=layout)), labels)
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        losses.append(total / batches)
    trained = time.perf_counter()

    model.eval()
    right = count = 0
    with torch.inference_mode():
        for images, labels in itertools.islice(held, args.limit):
            right += (model(images.contiguous(memory_format=layout)).argmax(1) == labels).sum().item()
            count += len(labels)
    end = time.perf_counter()
    print(json.dumps(dict(val_top1=right / count, train_images=len(train_items), val_images=count, seconds=end - loaded, seconds_with_start=end - start,
                          seconds_training=trained - loaded, losses=losses, images_per_second=args.epochs * batches * args.batch / (trained - loaded))))


if __name__ == "__main__":
    main()
