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


def case(kind, shape, run, affine=True, offset=1.0, scale=3.0, **attributes):
    """run(x, weight, bias, mean, variance) computes y of x, both [batch, channels, ...]; mean and variance are moved in place.

    Everything is contiguous: with a gradient that lies channels last, this version's instance norm of one picture gives a wrong dx."""
    c = shape[-1]
    x = tensor(shape, 1, scale, offset).requires_grad_()
    weight, bias = tensor((c,), 2, 1.0, 1.5).requires_grad_(), tensor((c,), 3).requires_grad_()
    mean, variance = tensor((c,), 5), tensor((c,), 6, 0.5, 1.0)
    z = run(planes(x).contiguous(), weight if affine else None, bias if affine else None, mean, variance)
    wanted = (x, weight, bias) if affine else (x,)
    gradients = torch.autograd.grad(z, wanted, planes(tensor(shape, 4)).contiguous())
    y = rows(z)
    result = dict(kind=kind, shape=shape, affine=affine, offset=offset, scale=scale, y=flat(y), dx=flat(gradients[0]), mean=flat(mean), variance=flat(variance), **attributes)
    if affine:
        result.update(dweight=flat(gradients[1]), dbias=flat(gradients[2]))
    return result


def instance(shape, epsilon, affine, momentum=None, training=True, **more):
    tracks = momentum is not None

    def run(x, weight, bias, mean, variance):
        m, v = (mean, variance) if tracks else (None, None)
        return F.instance_norm(x, m, v, weight, bias, training or not tracks, momentum if tracks else 0.0, epsilon)
    return case("instance", shape, run, affine, epsilon=epsilon, momentum=momentum, training=training, **more)


def group(shape, groups, epsilon, affine, **more):
    return case("group", shape, lambda x, w, b, m, v: F.group_norm(x, groups, w, b, epsilon), affine, groups=groups, epsilon=epsilon, **more)


def layer(shape, epsilon, affine, **more):
    """Over the channels of each pixel."""
    return case("layer", shape, lambda x, w, b, m, v: planes(F.layer_norm(rows(x), (shape[-1],), w, b, epsilon)), affine, epsilon=epsilon, **more)


def response(shape, size, alpha, beta, k):
    return case("response", shape, lambda x, w, b, m, v: F.local_response_norm(x, size, alpha, beta, k), False, size=size, alpha=alpha, beta=beta, k=k)


cases = [
    instance((2, 5, 3, 7), 1e-5, True), instance((3, 4, 4, 16), 1e-3, False), instance((1, 17, 13, 5), 1e-5, True, scale=0.1, offset=30.0), instance((9, 3, 3, 19), 1e-5, True),
    instance((2, 5, 3, 7), 1e-5, True, 0.1), instance((9, 3, 2, 4), 1e-5, False, 0.3), instance((2, 5, 3, 7), 1e-5, True, 0.1, False),
    group((2, 5, 3, 6), 3, 1e-5, True), group((9, 3, 3, 20), 4, 1e-3, False), group((2, 4, 3, 6), 6, 1e-5, True), group((3, 4, 3, 7), 1, 1e-5, True), group((3, 12), 4, 1e-5, True),
    layer((2, 3, 5, 7), 1e-5, True), layer((3, 2, 2, 40), 1e-6, False), layer((5, 33), 1e-5, True), layer((1, 2, 3, 16), 1e-5, True, scale=0.1, offset=30.0),
    response((2, 3, 4, 7), 5, 1e-4, 0.75, 2.0), response((1, 3, 2, 20), 4, 0.5, 0.75, 1.0), response((2, 2, 2, 3), 7, 0.3, 0.5, 1.0), response((1, 2, 3, 6), 3, 0.2, 1.3, 0.5),
]

with open("norms.json", "w") as file:
    json.dump(cases, file, separators=(",", ":"))
