"""Makes normalization.json: batch normalizations and weight standardization in PyTorch's float64, several training steps one after the other.

Made with Python 3.11, torch 1.13.0 (Debian 12: python3-torch). Run it in this folder.

The formula of inputs and weights is that of make_gradients.py. Seeds: weight 3, bias 4, running_mean 5, running_var 6 (in [0.5, 1.5)); in step t the input 1 + 10 t times "scale",
and r of the loss sum(y r) 9 + 10 t. Gradients of weights are those of one step alone. Torch has no batch renormalization and no ghost batch norm: these are its autograd on the papers' formulas.
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
    return h.astype(np.float64) / 2147483648.0 - 1.0


def tensor(shape, seed, scale=1.0, offset=0.0):
    """Rounded to float32, held as float64."""
    values = offset + scale * uniform(int(np.prod(shape)), seed)
    return torch.from_numpy(values.astype(np.float32).reshape(shape)).double()


def values_like(y, seed, scale=1.0):
    """Values for a tensor that Graft stores as [n, h, w, c]."""
    if len(y) == 4:
        n, c, h, w = y
        return tensor((n, h, w, c), seed, scale).permute(0, 3, 1, 2).contiguous()
    return tensor(tuple(y), seed, scale)


def flat(y):
    y = y.detach()
    return plain(y.permute(0, 2, 3, 1) if y.dim() == 4 else y)


def plain(p):
    return [float("%.7g" % v) for v in p.detach().reshape(-1).tolist()]


cases = []


def case(op, compute, shape, parameters, buffers=None, steps=(0,), scale=1.0, **attributes):
    """compute(x, parameters, buffers, step) gives y and may write into the buffers."""
    ps = {name: tensor(size, seed).requires_grad_() for name, size, seed in parameters}
    bs = buffers or {}
    record = dict(op=op, input=[shape[0], shape[2], shape[3], shape[1]] if len(shape) == 4 else list(shape), scale=scale, **attributes, steps=[])
    for t, step in enumerate(steps):
        x = values_like(shape, 1 + 10 * t, scale).requires_grad_()
        for p in ps.values():
            p.grad = None
        y = compute(x, ps, bs, step)
        (y * values_like(y.shape, 9 + 10 * t)).sum().backward()
        record["steps"].append(dict(
            step=step, y=flat(y), dx=flat(x.grad), gradients={name: plain(p.grad) for name, p in ps.items()}, buffers={name: plain(b) for name, b in bs.items()}))
    cases.append(record)


def running(c):
    return dict(running_mean=tensor((c,), 5), running_var=tensor((c,), 6, 0.5, 1.0))


def affine(c):
    return [("weight", (c,), 3), ("bias", (c,), 4)]


def batch(shape, training=True, is_affine=True, statistics="average", momentum=0.1, epsilon=1e-3, steps=(0,)):
    c = shape[1]
    module = (torch.nn.BatchNorm2d if len(shape) == 4 else torch.nn.BatchNorm1d)(
        c, eps=epsilon, momentum=None if statistics == "cumulative" else momentum, affine=is_affine, track_running_stats=statistics != "none").double()
    module.train(training)
    buffers = {}
    if statistics != "none":
        with torch.no_grad():
            module.running_mean.copy_(running(c)["running_mean"])
            module.running_var.copy_(running(c)["running_var"])
        buffers = dict(running_mean=module.running_mean, running_var=module.running_var)
    if statistics == "cumulative":
        buffers["num_batches_tracked"] = module.num_batches_tracked

    # What the module calls, with weights that are leaves.
    def function(x, ps, bs, step):
        if module.training and module.track_running_stats:
            module.num_batches_tracked += 1
        factor = 1.0 / float(module.num_batches_tracked) if statistics == "cumulative" and training else momentum
        return F.batch_norm(x, module.running_mean, module.running_var, ps.get("weight"), ps.get("bias"), training or statistics == "none", factor, epsilon)

    case("batch", function, shape, affine(c) if is_affine else [], buffers, steps, training=training, affine=is_affine, statistics=statistics, momentum=momentum, epsilon=epsilon)


batch((3, 18, 4, 3), is_affine=False)
batch((3, 5, 2, 3), is_affine=False, training=False)
batch((6, 19), momentum=0.3)
batch((6, 19), training=False)
batch((4, 7, 2, 3), statistics="cumulative", steps=(0, 1, 2))
batch((5, 6), statistics="cumulative", is_affine=False, steps=(0, 1, 2, 3))
batch((4, 7, 2, 3), statistics="none", steps=(0, 1))
batch((4, 7, 2, 3), statistics="none", training=False)
batch((5, 17), statistics="none", is_affine=False)


def renorm(shape, steps, maximum_scale, maximum_shift, start, scale_end, shift_end, momentum=0.1, epsilon=1e-3, is_affine=True, scale=1.0):
    """arXiv:1702.03275, algorithm 1: sigma moves, and running_var is kept as sigma^2 - epsilon."""
    c = shape[1]
    dims, view = ([0, 2, 3], (1, c, 1, 1)) if len(shape) == 4 else ([0], (1, c))

    def part(step, end):
        return 1.0 if step >= end else max(0.0, (step - start) / (end - start))

    def compute(x, ps, bs, step):
        rmax, dmax = 1 + (maximum_scale - 1) * part(step, scale_end), maximum_shift * part(step, shift_end)
        mean = x.mean(dims)
        deviation = torch.sqrt(epsilon + ((x - mean.view(view)) ** 2).mean(dims))
        kept = torch.sqrt(bs["running_var"] + epsilon)
        r = (deviation.detach() / kept).clamp(1 / rmax, rmax)
        d = ((mean.detach() - bs["running_mean"]) / kept).clamp(-dmax, dmax)
        normalized = (x - mean.view(view)) / deviation.view(view) * r.view(view) + d.view(view)
        bs["running_mean"] = bs["running_mean"] + momentum * (mean.detach() - bs["running_mean"])
        bs["running_var"] = (kept + momentum * (deviation.detach() - kept)) ** 2 - epsilon
        return normalized * ps["weight"].view(view) + ps["bias"].view(view) if is_affine else normalized

    case("renorm", compute, shape, affine(c) if is_affine else [], running(c), steps, scale, affine=is_affine, statistics="average", momentum=momentum, epsilon=epsilon, training=True,
         maximum_scale=maximum_scale, maximum_shift=maximum_shift, start=start, scale_end=scale_end, shift_end=shift_end)


renorm((3, 18, 2, 3), (0, 2, 4, 5, 30), 3.0, 5.0, 2, 8, 6)
renorm((4, 5, 3, 2), (9, 10), 1.5, 0.25, 0, 8, 6, scale=4.0)
renorm((7, 6), (0,), 2.0, 0.5, 0, 0, 0, is_affine=False, scale=3.0)


def ghost(shape, size, momentum=0.1, epsilon=1e-3, steps=(0, 1)):
    """arXiv:1705.08741, algorithm 1: every virtual batch alone, its statistics taken up one after the other."""
    c = shape[1]
    case("ghost", lambda x, ps, bs, step: torch.cat([
        F.batch_norm(part, bs["running_mean"], bs["running_var"], ps["weight"], ps["bias"], True, momentum, epsilon) for part in x.split(size)]),
        shape, affine(c), running(c), steps, size=size, affine=True, statistics="average", momentum=momentum, epsilon=epsilon, training=True)


ghost((6, 18, 2, 3), 2)
ghost((7, 5, 3, 3), 3)
ghost((10, 6), 4)


def conv(n, c, h, w, o, k, s=1, g=1, pad=0, bias=False, epsilon=1e-5):
    """As timm's StdConv2d: the weights of an output channel are a batch of one channel."""
    def compute(x, ps, bs, step):
        weight = ps["weight"]
        standardized = F.batch_norm(weight.reshape(1, o, -1), None, None, training=True, momentum=0.0, eps=epsilon).reshape_as(weight)
        return F.conv2d(x, standardized, ps.get("bias"), s, pad, 1, g)
    parameters = [("weight", (o, c // g, k, k), 3)] + ([("bias", (o,), 4)] if bias else [])
    case("conv", compute, (n, c, h, w), parameters, steps=(0, 1), outputs=o, kernel=k, stride=s, groups=g, padding=pad, bias=bias, epsilon=epsilon, training=True)


conv(2, 4, 5, 6, 6, 3, pad=1, bias=True)
conv(2, 18, 4, 3, 35, 1)
conv(1, 20, 7, 6, 20, 3, g=20, pad=1)
conv(2, 8, 6, 5, 12, 3, s=2, g=4, pad=1, epsilon=0.01)

with open("normalization.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
