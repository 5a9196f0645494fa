"""Makes backward.json: gradients that PyTorch computes in float64 for float32 numbers that both languages make from one formula.

Made with Python 3.11, torch 1.13.0 (Debian 12: python3-torch). Run it in this folder.
"""
import json
import numpy as np
import torch
import torch.nn.functional as F


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
    return torch.from_numpy(values.astype(np.float32).astype(np.float64).reshape(shape))


def planes(nhwc):
    return nhwc.permute(0, 3, 1, 2)


def flat(y, image=False):
    if image:
        y = y.permute(0, 2, 3, 1)
    return [float(str(np.float32(v))) for v in y.detach().contiguous().reshape(-1).tolist()]


def same(size, k, s, d):
    total = max((-(-size // s) - 1) * s + (k - 1) * d + 1 - size, 0)
    return [total // 2, total - total // 2]


def padded(x, k, s, d, padding, value=0.0):
    if padding >= 0:
        return F.pad(x, [padding] * 4, value=value)
    return F.pad(x, same(x.shape[3], k, s, d) + same(x.shape[2], k, s, d), value=value)


def gradients(y, seed, *wanted):
    """The gradients of sum(dy * y), where dy is laid out as [n, h, w, c] for images."""
    if y.dim() == 4:
        n, c, h, w = y.shape
        dy = planes(tensor((n, h, w, c), seed))
    else:
        dy = tensor(tuple(y.shape), seed)
    return torch.autograd.grad(y, wanted, dy)


def convolution(shape, outputs, k, s, d, groups, padding):
    x = planes(tensor(shape, 1)).requires_grad_()
    weight = tensor((outputs, shape[3] // groups, k, k), 2).requires_grad_()
    bias = tensor((outputs,), 3).requires_grad_()
    y = F.conv2d(padded(x, k, s, d, padding), weight, bias, stride=s, dilation=d, groups=groups)
    dx, dweight, dbias = gradients(y, 4, x, weight, bias)
    return dict(shape=shape, outputs=outputs, kernel=k, stride=s, dilation=d, groups=groups, padding=padding,
                dx=flat(dx, True), dweight=flat(dweight), dbias=flat(dbias))


def pool(function, shape, k, s, padding, steps):
    """With steps, x is rounded to multiples of 1 / steps, so that windows have several largest pixels."""
    x = tensor(shape, 1)
    x = planes(torch.floor(x * steps) / steps if steps else x).requires_grad_()
    if function == "max":
        y = F.max_pool2d(padded(x, k, s, 1, padding, -float("inf")), k, s)
    else:
        y = F.avg_pool2d(x, k, s, padding, count_include_pad=False)
    (dx,) = gradients(y, 4, x)
    return dict(function=function, shape=shape, kernel=k, stride=s, padding=padding, steps=steps, dx=flat(dx, True))


def resize(mode, shape, height, width):
    x = planes(tensor(shape, 1)).requires_grad_()
    y = F.interpolate(x, size=(height, width), mode=mode, **({} if mode == "nearest" else dict(align_corners=False)))
    (dx,) = gradients(y, 4, x)
    return dict(mode=mode, shape=shape, height=height, width=width, dx=flat(dx, True))


def batch_norm(shape, epsilon, momentum, training):
    c = shape[-1]
    x = planes(tensor(shape, 1, 3.0, 1.0)).requires_grad_()
    weight, bias = tensor((c,), 2, 1.0, 1.5).requires_grad_(), tensor((c,), 3).requires_grad_()
    mean, variance = tensor((c,), 5), tensor((c,), 6, 0.5, 1.0)
    y = F.batch_norm(x, mean, variance, weight, bias, training, momentum, epsilon)
    dx, dweight, dbias = gradients(y, 4, x, weight, bias)
    return dict(shape=shape, epsilon=epsilon, momentum=momentum, training=training, y=flat(y, True), mean=flat(mean), variance=flat(variance),
                dx=flat(dx, True), dweight=flat(dweight), dbias=flat(dbias))


def dense(batch, inputs, outputs):
    x, weight, bias = tensor((batch, inputs), 1).requires_grad_(), tensor((outputs, inputs), 2).requires_grad_(), tensor((outputs,), 3).requires_grad_()
    dx, dweight, dbias = gradients(F.linear(x, weight, bias), 4, x, weight, bias)
    return dict(batch=batch, inputs=inputs, outputs=outputs, dx=flat(dx), dweight=flat(dweight), dbias=flat(dbias))


def softmax(rows, columns):
    x = tensor((rows, columns), 1, 4.0).requires_grad_()
    (dx,) = gradients(F.softmax(x, 1), 4, x)
    return dict(rows=rows, columns=columns, dx=flat(dx))


def activation(name, function):
    """At -3 and 3 this version of torch still gives hard Swish the slope of the inner side (pytorch issue 147801): they are left out there."""
    x = tensor((60,), 1, 8.0)
    kinks = [0.0, -0.0, 6.0] + ([] if name == "HardSwish" else [-3.0, 3.0])
    x = torch.cat([x, torch.tensor(kinks, dtype=torch.float64)]).requires_grad_()
    (dx,) = torch.autograd.grad(function(x), x, torch.ones_like(x))
    return dict(name=name, x=flat(x), dx=flat(dx))


cases = dict(
    convolution=[
        convolution((2, 5, 6, 3), 4, 3, 2, 1, 1, 1),
        convolution((1, 3, 4, 5), 3, 1, 1, 1, 1, 0),
        convolution((1, 6, 5, 4), 4, 3, 2, 1, 4, -1),
        convolution((1, 7, 6, 4), 6, 3, 1, 2, 2, 2),
        convolution((1, 4, 4, 2), 4, 5, 2, 1, 2, -1),
    ],
    pool=[
        pool("max", (2, 5, 6, 3), 3, 2, 1, 0),
        pool("max", (1, 6, 6, 5), 3, 1, -1, 2),
        pool("max", (1, 5, 4, 2), 2, 2, 0, 1),
        pool("avg", (2, 5, 6, 3), 3, 2, 1, 0),
        pool("avg", (1, 4, 5, 2), 2, 1, 0, 0),
    ],
    resize=[
        resize("nearest", (2, 3, 4, 2), 5, 6), resize("nearest", (1, 5, 7, 3), 3, 4),
        resize("bilinear", (2, 3, 4, 2), 5, 7), resize("bilinear", (1, 5, 7, 3), 3, 4), resize("bilinear", (1, 1, 2, 2), 4, 4),
    ],
    batch_norm=[
        batch_norm((2, 3, 4, 5), 1e-3, 0.1, True), batch_norm((3, 1, 1, 2), 1e-5, 0.3, True), batch_norm((2, 3, 2, 4), 1e-3, 0.1, False),
    ],
    dense=[dense(3, 5, 4), dense(1, 7, 1)],
    softmax=[softmax(3, 7), softmax(2, 1)],
    activation=[
        activation("Identity", lambda x: x * 1), activation("Relu", F.relu), activation("Relu6", F.relu6), activation("Sigmoid", torch.sigmoid),
        activation("HardSigmoid", F.hardsigmoid), activation("Silu", F.silu), activation("HardSwish", F.hardswish),
    ],
)

with open("backward.json", "w") as file:
    json.dump(cases, file, separators=(",", ":"))
