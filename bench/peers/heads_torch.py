"""A linear head in torch on the features that `bench list-features` wrote: several labels (binary cross-entropy) or one number (mean squared error).

python3 bench/peers/heads_torch.py FOLDER --targets 3 --task multilabel --features 1280

The weight decay is chosen on a fifth of the training images (or on val.f32, where it is), the head is then fitted to all of them, by L-BFGS until it stands still. Features are standardized,
numbers too. Prints mean average precision or r2 of test.f32 for seeds 0 to 4, beside the prior or the mean.
"""
import argparse
import os

import numpy as np
import torch

DECAYS = [10.0 ** e for e in np.arange(-5, 2.01, 0.5)]


def load(path, targets, features):
    rows = np.fromfile(path, dtype=np.float32).reshape(-1, targets + features)
    return torch.from_numpy(rows[:, targets:].copy()), torch.from_numpy(rows[:, :targets].copy())


def fit(x, y, decay, task):
    w = torch.zeros(x.shape[1], y.shape[1], requires_grad=True)
    b = torch.zeros(y.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([w, b], max_iter=300, history_size=20, line_search_fn="strong_wolfe", tolerance_grad=1e-6)
    loss_of = torch.nn.functional.binary_cross_entropy_with_logits if task == "multilabel" else torch.nn.functional.mse_loss

    def closure():
        optimizer.zero_grad()
        loss = loss_of(x @ w + b, y) + decay * (w * w).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return w.detach(), b.detach()


def average_precision(scores, truth):
    order = np.argsort(-scores, kind="stable")
    hits = truth[order]
    return float((np.cumsum(hits) / (np.arange(len(hits)) + 1))[hits > 0].mean())


def score(x, y, head, task):
    out = (x @ head[0] + head[1]).numpy()
    truth = y.numpy()
    if task == "multilabel":
        return float(np.mean([average_precision(out[:, k], truth[:, k]) for k in range(truth.shape[1])]))
    return float(1 - ((out - truth) ** 2).sum() / ((truth - truth.mean(0)) ** 2).sum())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--targets", type=int, required=True)
    parser.add_argument("--features", type=int, default=1280)
    parser.add_argument("--task", choices=["multilabel", "regress"], required=True)
    a = parser.parse_args()
    torch.manual_seed(0)
    x, y = load(os.path.join(a.folder, "train.f32"), a.targets, a.features)
    tx, ty = load(os.path.join(a.folder, "test.f32"), a.targets, a.features)
    mean, std = x.mean(0), x.std(0) + 1e-6
    x, tx = (x - mean) / std, (tx - mean) / std
    shift, scale = (y.mean(0), y.std(0)) if a.task == "regress" else (torch.zeros(a.targets), torch.ones(a.targets))
    y, ty = (y - shift) / scale, (ty - shift) / scale
    val = os.path.join(a.folder, "val.f32")
    for seed in range(5):
        if os.path.exists(val):
            vx, vy = load(val, a.targets, a.features)
            fx, fy, vx, vy = x, y, (vx - mean) / std, (vy - shift) / scale
            ax, ay = torch.cat([fx, vx]), torch.cat([fy, vy])
        else:
            order = np.random.default_rng(seed).permutation(len(x))
            cut = len(x) // 5
            ax, ay = x, y
            vx, vy, fx, fy = x[order[:cut]], y[order[:cut]], x[order[cut:]], y[order[cut:]]
        best = max(DECAYS, key=lambda decay: score(vx, vy, fit(fx, fy, decay, a.task), a.task))
        print(f"seed {seed}: weight decay {best:.1e}, score {score(tx, ty, fit(ax, ay, best, a.task), a.task):.4f}")
    # A score that is the same for all images ranks them by chance: its precision is how frequent the label is.
    constant = (torch.zeros(x.shape[1], a.targets), y.mean(0))
    print(f"prior or mean: {float(ty.mean()) if a.task == 'multilabel' else score(tx, ty, constant, a.task):.4f}")


main()
