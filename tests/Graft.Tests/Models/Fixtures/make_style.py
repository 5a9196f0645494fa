"""Makes style.json: images of the stylization generator, written after arXiv:1603.08155 and arXiv:1607.08022 in torch, and the style losses with their gradients, for weights and
images that both languages make from one formula.

Made with Python 3.11, torch 1.13.0 (Debian 12: python3-torch). Run it in this folder.
"""
import json

import torch
from torch import nn

from make_resnets import fill, tensor


class ConvNorm(nn.Sequential):
    def __init__(self, norm, inputs, outputs, kernel, stride=1, activated=True):
        layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=norm is None)]
        if norm is not None:
            layers.append(norm(outputs))
        if activated:
            layers.append(nn.ReLU())
        super().__init__(*layers)


class Residual(nn.Module):
    def __init__(self, norm, channels):
        super().__init__()
        self.first = ConvNorm(norm, channels, channels, 3)
        self.second = ConvNorm(norm, channels, channels, 3, activated=False)

    def forward(self, x):
        return x + self.second(self.first(x))


def generator(norm, a, b, c):
    return nn.Sequential(
        ConvNorm(norm, 3, a, 9), ConvNorm(norm, a, b, 3, 2), ConvNorm(norm, b, c, 3, 2), *[Residual(norm, c) for _ in range(5)],
        nn.Upsample(scale_factor=2, mode="nearest"), ConvNorm(norm, c, b, 3), nn.Upsample(scale_factor=2, mode="nearest"), ConvNorm(norm, b, a, 3),
        nn.Conv2d(a, 3, 9, padding=4), nn.Sigmoid())


def image(norm):
    model = generator(norm, 8, 16, 32)
    fill(model)
    images = tensor((2, 16, 24, 3), 7, 2).permute(0, 3, 1, 2).contiguous()
    with torch.no_grad():
        y = model.double().eval()(images.double())
    return [round(v, 7) for v in y.permute(0, 2, 3, 1).flatten().tolist()]


COUNT, HEIGHT, WIDTH, CHANNELS = 2, 5, 6, 19
x = tensor((COUNT, HEIGHT * WIDTH, CHANNELS), 1, 2, 0.3).double()
style = tensor((1, 21, CHANNELS), 2, 1, 0.6).double()


def gram(f):
    return f.transpose(1, 2) @ f / (f.shape[1] * f.shape[2])


def covariance(f):
    return gram(f - style.mean(1, keepdim=True))


def moments(f):
    return torch.cat([f.mean(1), (f.var(1, unbiased=False) + 1e-5).sqrt()], 1)


def variation(f):
    f = f.reshape(COUNT, HEIGHT, WIDTH, CHANNELS)
    return (((f[:, 1:] - f[:, :-1]) ** 2).sum() + ((f[:, :, 1:] - f[:, :, :-1]) ** 2).sum()) / f.numel()


def loss(function):
    z = x.clone().requires_grad_()
    value = function(z)
    value.backward()
    return {"value": value.item(), "gradient": z.grad.flatten().tolist()}


json.dump({
    "images": {"instance": image(lambda c: nn.InstanceNorm2d(c, affine=True)), "batch": image(nn.BatchNorm2d), "none": image(None)},
    "losses": {
        "gram": {"unit": (gram(style) ** 2).sum().item(), **loss(lambda f: ((gram(f) - gram(style)) ** 2).sum((1, 2)).mean())},
        "covariance": {"unit": (covariance(style) ** 2).sum().item(), **loss(lambda f: ((covariance(f) - covariance(style)) ** 2).sum((1, 2)).mean())},
        "moments": {"unit": (moments(style) ** 2).sum().item(), **loss(lambda f: ((moments(f) - moments(style)) ** 2).sum(1).mean())},
        "variation": loss(variation),
    },
}, open("style.json", "w"), separators=(",", ":"))
