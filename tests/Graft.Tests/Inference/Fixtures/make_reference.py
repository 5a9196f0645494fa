"""Makes layers.json and mobilenetv2.json: what PyTorch computes for inputs and weights that both languages make from one formula.

Made with Python 3.11, torch 1.13.0, torchvision 0.14.1 (Debian 12: python3-torch, python3-torchvision). Run it in this folder.
"""
import json
import numpy as np
import torch
import torch.nn.functional as F
import torchvision


def uniform(count, seed):
    """Numbers in [-1, 1): the lowest 32 bits of two rounds of multiply and shift, exact in float64, then rounded to float32."""
    i = np.arange(count, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (i * np.uint64(2654435761) + np.uint64(seed) * np.uint64(40503) + np.uint64(12345)) & mask
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & mask
    return (h.astype(np.float64) / 2147483648.0 - 1.0)


def tensor(shape, seed, scale=1.0, offset=0.0):
    values = offset + scale * uniform(int(np.prod(shape)), seed)
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def image(batch, height, width, channels, seed, scale=1.0):
    return tensor((batch, height, width, channels), seed, scale).permute(0, 3, 1, 2).contiguous()


def flat(y):
    if y.dim() == 4:
        y = y.permute(0, 2, 3, 1)
    return [float(np.float32(v)) for v in y.contiguous().reshape(-1).tolist()]


def same(x, k, s, d):
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads)


layers = []


def conv(batch, h, w, c, o, k, s=1, d=1, g=1, pad=0, bias=False):
    x, weight = image(batch, h, w, c, 1), tensor((o, c // g, k, k), 2)
    b = tensor((o,), 3) if bias else None
    padded, p = (same(x, k, s, d), 0) if pad == "same" else (x, pad)
    y = F.conv2d(padded.double(), weight.double(), None if b is None else b.double(), s, p, d, g)
    layers.append(dict(op="conv", input=[batch, h, w, c], outputs=o, kernel=k, stride=s, dilation=d, groups=g,
                       padding=-1 if pad == "same" else pad, bias=bias, y=flat(y.float())))


conv(2, 5, 6, 3, 4, 3, pad=1, bias=True)
conv(1, 6, 7, 3, 5, 3, s=2, pad="same")
conv(1, 7, 6, 2, 3, 3, s=2, pad="same", bias=True)
conv(1, 8, 8, 4, 6, 3, s=2, d=2, g=2, pad=2)
conv(1, 5, 5, 6, 6, 5, g=6, pad="same")
conv(1, 9, 8, 4, 4, 3, s=2, g=4, pad=1, bias=True)
conv(2, 3, 3, 5, 7, 1, bias=True)
conv(1, 2, 2, 3, 2, 7, s=2, pad=3)
conv(1, 7, 7, 3, 2, 3, d=3, pad="same")


def pool(function, batch, h, w, c, k, s, pad):
    x = image(batch, h, w, c, 4)
    if function == "max":
        y = F.max_pool2d(x, k, s, pad)
    else:
        y = F.avg_pool2d(x, k, s, pad, count_include_pad=False)
    layers.append(dict(op=function, input=[batch, h, w, c], kernel=k, stride=s, padding=pad, y=flat(y)))


pool("max", 2, 7, 6, 3, 3, 2, 1)
pool("max", 1, 4, 4, 2, 2, 2, 0)
pool("average", 2, 7, 6, 3, 3, 2, 1)
pool("average", 1, 5, 5, 2, 3, 1, 1)

x = image(2, 5, 3, 4, 5)
layers.append(dict(op="global", input=[2, 5, 3, 4], y=flat(x.mean((2, 3)))))
x, weight, bias = tensor((3, 9), 6), tensor((5, 9), 7), tensor((5,), 8)
layers.append(dict(op="dense", input=[3, 9], outputs=5, bias=True, y=flat(F.linear(x.double(), weight.double(), bias.double()).float())))
x = image(2, 3, 3, 5, 9)
y = F.batch_norm(x.double(), tensor((5,), 12).double(), tensor((5,), 13, 0.5, 1.0).double(), tensor((5,), 10).double(), tensor((5,), 11).double(), eps=1e-3)
layers.append(dict(op="norm", input=[2, 3, 3, 5], y=flat(y.float())))
x = tensor((3, 7), 14, 8.0)
layers.append(dict(op="softmax", input=[3, 7], y=flat(F.softmax(x.double(), 1).float())))
x = image(1, 4, 4, 3, 15, 8.0)
for name, function in dict(Relu=F.relu, Relu6=F.relu6, Sigmoid=torch.sigmoid, HardSigmoid=F.hardsigmoid, Silu=F.silu, HardSwish=F.hardswish).items():
    layers.append(dict(op="activation", function=name, input=[1, 4, 4, 3], y=flat(function(x.double()).float())))
for size in ((7, 5), (2, 3), (4, 4), (9, 1)):
    x = image(2, 4, 6, 3, 16)
    layers.append(dict(op="nearest", input=[2, 4, 6, 3], size=size, y=flat(F.interpolate(x, size, mode="nearest"))))
    layers.append(dict(op="bilinear", input=[2, 4, 6, 3], size=size, y=flat(F.interpolate(x.double(), size, mode="bilinear", align_corners=False).float())))

with open("layers.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(layer) for layer in layers) + "\n]\n")


def mobilenet(same_padding, epsilon, classes=16):
    """torchvision's MobileNetV2 of width 0.25 at 64 pixels; parameter number i of the state has seed 100 + i.

    The weights are small enough that the network is not chaotic: float32 and float64 agree to 1e-6 (with 6 / fan-in, to 2e-3).
    """
    model = torchvision.models.mobilenet_v2(width_mult=0.25, num_classes=classes).eval().double()
    state, i = model.state_dict(), 0
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        seed, shape, i = 100 + i, tuple(value.shape), i + 1
        if name.endswith("running_var"):
            made = tensor(shape, seed, 0.5, 1.0)
        elif name.endswith("running_mean") or name.endswith("bias"):
            made = tensor(shape, seed, 0.5)
        elif len(shape) == 1:
            made = tensor(shape, seed, 0.5, 1.5)
        elif len(shape) == 4:
            made = tensor(shape, seed, (2.0 / np.prod(shape[1:])) ** 0.5)
        else:
            made = tensor(shape, seed, 0.1)
        state[name] = made.double()
    model.load_state_dict(state)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = epsilon
        if same_padding and isinstance(module, torch.nn.Conv2d) and module.kernel_size[0] > 1:
            module.padding = (0, 0)
            k, s, d = module.kernel_size[0], module.stride[0], module.dilation[0]
            module.register_forward_pre_hook(lambda m, x, k=k, s=s, d=d: (same(x[0], k, s, d),))
    with torch.no_grad():
        x = image(2, 64, 64, 3, 99).double()
        features = model.features(x).mean((2, 3))
        logits = model.classifier(features)
    print("logits", logits.std().item(), "features", features.std().item())
    return dict(same=same_padding, epsilon=epsilon, features=flat(features[:1].float()), logits=flat(logits.float()))


with open("mobilenetv2.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(m) for m in (mobilenet(False, 1e-5), mobilenet(True, 1e-3))) + "\n]\n")
