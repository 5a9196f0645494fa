"""Makes mobilenets.json: of torchvision's MobileNetV3 and timm's MobileNetV1, V3, V4 and EfficientNet-Lite the names and shapes of their weights, and their logits for weights and an image that both languages
make from one formula. Counts of parameters and of the convolutions' and dense layers' multiply-adds, with 1,000 classes, come with them.

Made with Python 3.11, torch 1.13.0, torchvision 0.14.1 (Debian 12: python3-torch, python3-torchvision) and timm 1.0.29.dev0 (its source on PYTHONPATH). Run it in this folder.
"""
import json

import timm
import torch
import torchvision
from torch import nn

from make_resnets import fill, tensor

# With the resolution that timm's first weights of that name were trained at.
TIMM = {
    "mobilenetv1_100": 224, "mobilenetv1_100h": 224, "mobilenetv1_125": 224,
    "mobilenetv3_large_075": 224, "mobilenetv3_large_100": 224, "mobilenetv3_small_050": 224, "mobilenetv3_small_075": 224, "mobilenetv3_small_100": 224,
    "tf_mobilenetv3_large_075": 224, "tf_mobilenetv3_large_100": 224, "tf_mobilenetv3_small_075": 224, "tf_mobilenetv3_small_100": 224,
    "tf_mobilenetv3_large_minimal_100": 224, "tf_mobilenetv3_small_minimal_100": 224,
    "mobilenetv4_conv_small_035": 224, "mobilenetv4_conv_small_050": 224, "mobilenetv4_conv_small": 224, "mobilenetv4_conv_medium": 256, "mobilenetv4_conv_large": 384,
    "efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260, "efficientnet_lite3": 300, "efficientnet_lite4": 380,
    "tf_efficientnet_lite0": 224, "tf_efficientnet_lite1": 240, "tf_efficientnet_lite2": 260, "tf_efficientnet_lite3": 300, "tf_efficientnet_lite4": 380,
}
RUN = ["mobilenetv1_100h", "mobilenetv3_large_075", "tf_mobilenetv3_small_100", "tf_mobilenetv3_small_minimal_100", "mobilenetv4_conv_small_035", "mobilenetv4_conv_medium", "tf_efficientnet_lite1"]


def names(model):
    """The weights in order: NAME:SHAPE, and MODULE:CHANNELS for the weight, bias, running mean and variance of a norm."""
    state, result = model.state_dict(), []
    for key, value in state.items():
        module, name = key.rsplit(".", 1)
        if f"{module}.running_mean" not in state:
            result.append(f"{key}:{','.join(map(str, value.shape))}")
        elif name == "weight":
            result.append(f"{module}:{len(value)}")
    return " ".join(result)


def run(name, architecture, model, resolution):
    fill(model)
    image = tensor((1, resolution, resolution, 3), 7, 2).permute(0, 3, 1, 2).contiguous()
    with torch.no_grad():
        logits = model.double().eval()(image.double()).reshape(-1)
    print(name, resolution, "deviation of the logits", float(logits.std()))
    return dict(source=name, architecture=architecture, resolution=resolution, logits=[float(f"{v:.8g}") for v in logits], weights=names(model))


def count(model, resolution):
    """Parameters, and multiply-adds of an image: each output of a layer takes as many as one of its rows of weights has numbers."""
    total = [0]
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            module.register_forward_hook(lambda layer, _, y: total.__setitem__(0, total[0] + y.numel() * layer.weight[0].numel()))
    with torch.no_grad():
        model.eval()(torch.zeros(1, 3, resolution, resolution))
    return [sum(p.numel() for p in model.parameters()), total[0]]


if __name__ == "__main__":
    counts = {name: count(timm.create_model(name), resolution) for name, resolution in TIMM.items()}
    for size in ("large", "small"):
        assert counts[f"mobilenetv3_{size}_100"] == count(getattr(torchvision.models, f"mobilenet_v3_{size}")(), 224)
    networks = [run(f"torchvision {size}", f"mobilenetv3_{size}_100", getattr(torchvision.models, f"mobilenet_v3_{size}")(num_classes=10), 224) for size in ("large", "small")]
    networks += [run("timm", name, timm.create_model(name, num_classes=10), TIMM[name]) for name in RUN]
    with open("mobilenets.json", "w") as file:
        file.write('{"counts": ' + json.dumps(counts) + ',\n "networks": [\n' + ",\n".join(json.dumps(n) for n in networks) + "]}\n")
