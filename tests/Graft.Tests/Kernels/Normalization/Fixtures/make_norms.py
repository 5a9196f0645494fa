"""Makes norms.json: normalizations and their gradients as PyTorch computes them in float64 for float32 numbers that both languages make from one formula.

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
    return h.astype(np.float64) / 2147483648.0 - 1.0


def tensor(shape, seed, scale=1.0, offset=0.0):
    values = offset + scale * uniform(int(np.prod(shape)), seed)
    return torch.from_numpy(values.astype(np.float32).astype(np.float64).reshape(shape))


def flat(y):
    return [float(str(np.float32(v))) for v in y.detach().contiguous().reshape(-1).tolist()]


def planes(y):
    return y.permute(0, 3, 1, 2) if y.dim() == 4 else y


def rows(y):
    return y.permute(0, 2, 3, 1) if y.dim() == 4 else y


def case(kind, shape, run, parameters, offset=1.0, scale=3.0, **attributes):
    """run(x, p) computes y of x, both [batch, channels, ...], from the parameters by name, and moves those that are statistics in place.

    Everything is contiguous: with a gradient that lies channels last, this version's instance norm of one image gives a wrong dx."""
    x = tensor(shape, 1, scale, offset).requires_grad_()
    p = {}
    for i, (name, extents) in enumerate(parameters.items()):
        s, o = {"weight": (1.0, 1.5), "running_var": (0.5, 1.0), "eps": (0.1, 0.5)}.get(name.split(".")[-1], (1.0, 0.0))
        p[name] = tensor(extents, 10 + i, s, o).requires_grad_(not name.split(".")[-1].startswith("running"))
    weights = {name: value for name, value in p.items() if value.requires_grad}
    z = run(planes(x).contiguous(), p)
    dx, *gradients = torch.autograd.grad(z, [x, *weights.values()], planes(tensor(shape, 4)).contiguous())
    return dict(kind=kind, shape=shape, offset=offset, scale=scale, y=flat(rows(z)), dx=flat(dx), gradients={name: flat(g) for name, g in zip(weights, gradients)},
                buffers={name: flat(value) for name, value in p.items() if name not in weights}, **attributes)


def both(shape, affine, *more):
    return {name: (shape[-1],) for name in (["weight", "bias"] if affine else []) + list(more)}


def instance(shape, epsilon, affine, momentum=None, training=True, **more):
    tracks = momentum is not None

    def run(x, p):
        return F.instance_norm(x, p.get("running_mean"), p.get("running_var"), p.get("weight"), p.get("bias"), training or not tracks, momentum if tracks else 0.0, epsilon)
    return case("instance", shape, run, both(shape, affine, *(["running_mean", "running_var"] if tracks else [])), affine=affine, epsilon=epsilon, momentum=momentum, training=training, **more)


def group(shape, groups, epsilon, affine, **more):
    return case("group", shape, lambda x, p: F.group_norm(x, groups, p.get("weight"), p.get("bias"), epsilon), both(shape, affine), affine=affine, groups=groups, epsilon=epsilon, **more)


def layer(shape, epsilon, affine, **more):
    """Over the channels of each pixel."""
    return case("layer", shape, lambda x, p: planes(F.layer_norm(rows(x), (shape[-1],), p.get("weight"), p.get("bias"), epsilon)), both(shape, affine), affine=affine, epsilon=epsilon, **more)


def local(shape, size, alpha, beta, k):
    return case("local", shape, lambda x, p: F.local_response_norm(x, size, alpha, beta, k), {}, size=size, alpha=alpha, beta=beta, k=k)


def ibn(shape, instances, epsilon, momentum, training):
    def run(x, p):
        i, b = torch.split(x, [instances, shape[-1] - instances], 1)
        i = F.instance_norm(i.contiguous(), None, None, p["IN.weight"], p["IN.bias"], True, 0.0, epsilon)
        return torch.cat((i, F.batch_norm(b.contiguous(), p["BN.running_mean"], p["BN.running_var"], p["BN.weight"], p["BN.bias"], training, momentum, epsilon)), 1)
    names = {f"IN.{name}": (instances,) for name in ("weight", "bias")} | {f"BN.{name}": (shape[-1] - instances,) for name in ("weight", "bias", "running_mean", "running_var")}
    return case("ibn", shape, run, names, instances=instances, epsilon=epsilon, momentum=momentum, training=training)


def channel(value):
    return value.reshape(1, -1, 1, 1)


def moments(x, axes):
    mean = x.mean(axes, keepdim=True)
    return mean, ((x - mean) ** 2).mean(axes, keepdim=True)


# What torch lacks, as the formula of its paper; the gradients are those that torch derives from it.


def rms(shape, epsilon):
    """arXiv:1910.07467, equation 4."""
    def run(x, p):
        y = rows(x)
        return planes(y / torch.sqrt((y * y).mean(-1, keepdim=True) + epsilon) * p["weight"])
    return case("rms", shape, run, {"weight": (shape[-1],)}, epsilon=epsilon)


def response(shape, epsilon, learned, thresholded):
    """arXiv:1911.09737, equations 1 to 3 and section 3.2."""
    def run(x, p):
        e = epsilon + (p["eps"].abs() if learned else 0.0)
        y = channel(p["weight"]) * x / torch.sqrt((x * x).mean((2, 3), keepdim=True) + e) + channel(p["bias"])
        return torch.maximum(y, channel(p["tau"])) if thresholded else y
    names = both(shape, True, *(["tau"] if thresholded else []))
    return case("response", shape, run, names | ({"eps": (1,)} if learned else {}), epsilon=epsilon, learned=learned, thresholded=thresholded)


def adaptive(shape, epsilon):
    """arXiv:1703.06868, equations 5, 6 and 8; the style is the image's own average pooling, 2x2 in steps of 1."""
    def run(x, p):
        mean, variance = moments(x, (2, 3))
        style_mean, style_variance = moments(F.avg_pool2d(x, 2, 1), (2, 3))
        return torch.sqrt(style_variance + epsilon) * (x - mean) / torch.sqrt(variance + epsilon) + style_mean
    return case("adaptive", shape, run, {}, epsilon=epsilon)


def switchable(shape, epsilon, momentum, training):
    """arXiv:1806.10779, equations 2 to 5."""
    def run(x, p):
        b = moments(x, (0, 2, 3)) if training else (channel(p["running_mean"]), channel(p["running_var"]))
        sets = [moments(x, (2, 3)), moments(x, (1, 2, 3)), b]
        mean, variance = (sum(w * s[i] for w, s in zip(torch.softmax(p[name], 0), sets)) for i, name in enumerate(("mean_weight", "var_weight")))
        if training:
            count = x.numel() / shape[-1]
            p["running_mean"].mul_(1 - momentum).add_(momentum * b[0].detach().flatten())
            p["running_var"].mul_(1 - momentum).add_(momentum * b[1].detach().flatten() * count / (count - 1))
        return channel(p["weight"]) * (x - mean) / torch.sqrt(variance + epsilon) + channel(p["bias"])
    names = both(shape, True) | {"mean_weight": (3,), "var_weight": (3,)} | {name: (shape[-1],) for name in ("running_mean", "running_var")}
    return case("switchable", shape, run, names, epsilon=epsilon, momentum=momentum, training=training)


cases = [
    instance((2, 5, 3, 7), 1e-5, True), instance((3, 4, 4, 16), 1e-3, False), instance((1, 17, 13, 5), 1e-5, True, scale=0.1, offset=30.0), instance((9, 3, 3, 19), 1e-5, True),
    instance((2, 5, 3, 7), 1e-5, True, 0.1), instance((9, 3, 2, 4), 1e-5, False, 0.3), instance((2, 5, 3, 7), 1e-5, True, 0.1, False),
    group((2, 5, 3, 6), 3, 1e-5, True), group((9, 3, 3, 20), 4, 1e-3, False), group((2, 4, 3, 6), 6, 1e-5, True), group((3, 4, 3, 7), 1, 1e-5, True), group((3, 12), 4, 1e-5, True),
    ibn((2, 5, 3, 7), 3, 1e-5, 0.1, True), ibn((9, 3, 2, 20), 4, 1e-3, 0.3, True), ibn((2, 5, 3, 7), 3, 1e-5, 0.1, False),
    layer((2, 3, 5, 7), 1e-5, True), layer((3, 2, 2, 40), 1e-6, False), layer((5, 33), 1e-5, True), layer((1, 2, 3, 16), 1e-5, True, scale=0.1, offset=30.0),
    rms((2, 3, 5, 7), 1e-5), rms((5, 33), 1e-6),
    local((2, 3, 4, 7), 5, 1e-4, 0.75, 2.0), local((1, 3, 2, 20), 4, 0.5, 0.75, 1.0), local((2, 2, 2, 3), 7, 0.3, 0.5, 1.0), local((1, 2, 3, 6), 3, 0.2, 1.3, 0.5),
    response((2, 5, 3, 7), 1e-6, False, True), response((9, 3, 2, 20), 1e-3, True, True), response((2, 5, 3, 7), 1e-6, True, False),
    adaptive((2, 5, 3, 7), 1e-5), adaptive((9, 3, 3, 16), 1e-3),
    switchable((2, 5, 3, 7), 1e-5, 0.1, True), switchable((9, 3, 2, 20), 1e-3, 0.3, True), switchable((2, 5, 3, 7), 1e-5, 0.1, False),
]

with open("norms.json", "w") as file:
    json.dump(cases, file, separators=(",", ":"))
