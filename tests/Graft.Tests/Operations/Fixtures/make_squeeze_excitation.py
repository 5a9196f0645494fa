"""Makes squeeze_excitation.json: two blocks of MobileNetV3-large (Howard et al. 2019, arXiv:1905.02244, table 1) in PyTorch's float64, trained one step and run in inference.

Made with Python 3.11, torch 1.13.0 (Debian 12: python3-torch). Run it in this folder.

Inputs and weights are the formula of TestNumbers.Uniform, so that the file holds results only: of each tensor its largest magnitude and every n-th number. Seeds: image 7 (times 2), parameters and buffers
100 + i in the order of the nodes, as TestNetworks.WithTestWeights makes them; the loss is sum(y r), r of seed 9. Images are [batch, height, width, channels].
"""
import json, math
import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def uniform(count, seed):
    i = np.arange(count, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (i * np.uint64(2654435761) + np.uint64(seed) * np.uint64(40503) + np.uint64(12345)) & mask
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & mask
    return h.astype(np.float64) / 2147483648.0 - 1.0


def tensor(shape, seed, scale=1.0, offset=0.0):
    values = (offset + scale * uniform(int(np.prod(shape)), seed)).astype(np.float32)
    return torch.tensor(values.astype(np.float64).reshape(shape))


def sample(t):
    flat = t.detach().reshape(-1)
    step = 1 + flat.numel() // 60
    return {"largest": float(flat.abs().max()), "step": step, "values": [float(v) for v in flat[::step]]}


def image(t):
    t = t.detach()
    flat = t.permute(0, 2, 3, 1).reshape(-1) if t.dim() == 4 else t.reshape(-1)
    step = 1 + flat.numel() // 60
    return {"largest": float(flat.abs().max()), "step": step, "values": [float(v) for v in flat[::step]]}


def block(batch, side, channels, expanded, kernel, stride, squeezed, outputs, activation):
    seed = [100]
    weights, buffers = {}, {}

    def parameter(name, shape):
        scale, offset = {4: lambda: (math.sqrt(2.0 / (shape[1] * shape[2] * shape[3])), 0.0), 2: lambda: (0.1, 0.0)}[len(shape)]() if len(shape) > 1 else (
            (0.5, 0.0) if name.endswith(("bias", "running_mean")) else (0.5, 1.0) if name.endswith("running_var") else (0.5, 1.5))
        value = tensor(shape, seed[0], scale, offset)
        seed[0] += 1
        if "running" in name:
            buffers[name] = value
        else:
            weights[name] = value.requires_grad_()

    def norm(name, count):
        for part in ("weight", "bias", "running_mean", "running_var"):
            parameter(f"{name}.{part}", [count])

    parameter("conv_pw.weight", [expanded, channels, 1, 1])
    norm("bn1", expanded)
    parameter("conv_dw.weight", [expanded, 1, kernel, kernel])
    norm("bn2", expanded)
    for name, o, i in (("reduce", squeezed, expanded), ("expand", expanded, squeezed)):
        parameter(f"{name}.weight", [o, i])
        parameter(f"{name}.bias", [o])
    parameter("conv_pwl.weight", [outputs, expanded, 1, 1])
    norm("bn3", outputs)

    f = {"relu": F.relu, "hard_swish": F.hardswish}[activation]
    x = tensor([batch, side, side, channels], 7, 2.0).permute(0, 3, 1, 2).contiguous().requires_grad_()

    def run(training):
        def bn(v, name):
            return F.batch_norm(v, kept[f"{name}.running_mean"], kept[f"{name}.running_var"], weights[f"{name}.weight"], weights[f"{name}.bias"], training, 0.01, 1e-3)

        kept = {name: value.clone() for name, value in buffers.items()}
        y = f(bn(F.conv2d(x, weights["conv_pw.weight"]), "bn1"))
        y = f(bn(F.conv2d(y, weights["conv_dw.weight"], stride=stride, padding=kernel // 2, groups=expanded), "bn2"))
        s = F.relu(F.linear(y.mean((2, 3)), weights["reduce.weight"], weights["reduce.bias"]))
        s = F.hardsigmoid(F.linear(s, weights["expand.weight"], weights["expand.bias"]))
        y = bn(F.conv2d(y * s[:, :, None, None], weights["conv_pwl.weight"]), "bn3")
        return (y + x if stride == 1 and channels == outputs else y), kept

    inferred, _ = run(False)
    y, kept = run(True)
    n, c, h, w = y.shape
    r = torch.tensor(uniform(y.numel(), 9).astype(np.float32).astype(np.float64).reshape(n, h, w, c)).permute(0, 3, 1, 2)
    (y * r).sum().backward()
    return {
        "batch": batch, "side": side, "channels": channels, "expanded": expanded, "kernel": kernel, "stride": stride, "squeezed": squeezed, "outputs": outputs, "activation": activation,
        "inference": image(inferred), "training": image(y), "dx": image(x.grad),
        "gradients": {name: sample(value.grad) for name, value in weights.items()},
        "buffers": {name: sample(value) for name, value in kept.items()},
    }


blocks = [
    block(3, 28, 40, 120, 5, 1, 32, 40, "relu"),
    block(2, 14, 112, 672, 5, 2, 168, 160, "hard_swish"),
    block(3, 7, 160, 960, 5, 1, 240, 160, "hard_swish"),
]
with open("squeeze_excitation.json", "w") as file:
    json.dump(blocks, file, separators=(",", ":"))
