"""Gradients and the first losses of a whole MobileNetV2 in train mode on photographs, in float64 and in float32, for `bench gradients`.

    python3 torch_gradients.py START IMAGES OUT [--width 1.0] [--resolution 224] [--batch 16] [--steps 10] [--rate 0.01] [--activation relu6]

START is a file of `bench train-start`: its weights are taken. IMAGES is a folder with a folder for each class; - takes the images of START, of which there must be enough. OUT becomes a
safetensors file: the weights as they were, data.images [steps * batch, h, w, 3], data.labels, g64.NAME (the gradients of the first batch), e32.NAME
(how far each float32 run is from them, a norm for each), e16.NAME (how far one under torch.autocast in bfloat16 is), and in its metadata the losses of SGD (momentum 0.9) on one batch after the other.
float32 runs three times, with equally good roundings: as it is, with the batch in reverse, and with torch's own convolutions (no oneDNN): masks of ReLU6 that
rounding flips make trajectories part, and one run does not tell how far. Written for torch 1.13, PIL 9.4. (Channels last its
batch norm is less exact: the first loss is off by 1e-4. It is not used here.)
"""
import argparse
import json
import os
import struct
import time

import numpy as np
import torch
import torch.nn.functional as F

BLOCKS = [1, 2, 3, 4, 3, 3, 1]
STAGES = list(zip([1, 6, 6, 6, 6, 6, 6], [16, 24, 32, 64, 96, 160, 320], BLOCKS, [1, 2, 2, 2, 1, 2, 1]))


def conv_norm_act(inputs, outputs, kernel, stride, groups=1):
    return torch.nn.Sequential(torch.nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), torch.nn.BatchNorm2d(outputs), torch.nn.ReLU6())


class InvertedResidual(torch.nn.Module):
    def __init__(self, inputs, outputs, expansion, stride):
        super().__init__()
        hidden = inputs * expansion
        layers = [conv_norm_act(inputs, hidden, 1, 1)] if expansion > 1 else []
        self.conv = torch.nn.Sequential(*layers, conv_norm_act(hidden, hidden, 3, stride, hidden), torch.nn.Conv2d(hidden, outputs, 1, bias=False), torch.nn.BatchNorm2d(outputs))
        self.adds = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class MobileNetV2(torch.nn.Module):
    """With torchvision's names and arithmetic; no dropout."""

    def __init__(self, width, classes):
        super().__init__()
        def scaled(channels):
            rounded = max(8, int(channels * width + 4) // 8 * 8)
            return rounded + 8 if rounded < 0.9 * channels * width else rounded
        channels = scaled(32)
        layers = [conv_norm_act(3, channels, 3, 2)]
        for expansion, outputs, blocks, stride in STAGES:
            for block in range(blocks):
                layers.append(InvertedResidual(channels, scaled(outputs), expansion, stride if block == 0 else 1))
                channels = scaled(outputs)
        last = max(1280, scaled(1280))
        self.features = torch.nn.Sequential(*layers, conv_norm_act(channels, last, 1, 1))
        self.classifier = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Linear(last, classes))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start = file.tell()
        tensors = {}
        for name, entry in header.items():
            if name != "__metadata__":
                assert entry["dtype"] == "F32"
                file.seek(start + entry["data_offsets"][0])
                tensors[name] = np.frombuffer(file.read(entry["data_offsets"][1] - entry["data_offsets"][0]), np.float32).reshape(entry["shape"])
    return tensors


def write(path, tensors, metadata):
    header, offset = {"__metadata__": metadata}, 0
    for name, tensor in tensors.items():
        header[name] = dict(dtype="F32", shape=list(tensor.shape), data_offsets=[offset, offset + 4 * tensor.size])
        offset += 4 * tensor.size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, np.float32).tobytes())


def graft_names():
    """From torchvision's modules to Graft's (timm's) nodes."""
    names = {"features.0.0": "conv_stem", "features.0.1": "bn1", "features.18.0": "conv_head", "features.18.1": "bn2", "classifier.1": "classifier"}
    k = 1
    for stage, blocks in enumerate(BLOCKS):
        for block in range(blocks):
            inside = (["0.0", "conv_dw", "0.1", "bn1", "1", "conv_pw", "2", "bn2"] if stage == 0 else
                      ["0.0", "conv_pw", "0.1", "bn1", "1.0", "conv_dw", "1.1", "bn2", "2", "conv_pwl", "3", "bn3"])
            for theirs, ours in zip(inside[::2], inside[1::2]):
                names[f"features.{k}.conv.{theirs}"] = f"blocks.{stage}.{block}.{ours}"
            k += 1
    return names


def graft_name(name, names):
    module, parameter = name.rsplit(".", 1)
    return f"{names[module]}.{parameter}"


def network(weights, args, dtype):
    model = MobileNetV2(args.width, len(weights["classifier.bias"]))
    names = graft_names()
    state = model.state_dict()
    for name in state:
        if not name.endswith("num_batches_tracked"):
            state[name] = torch.from_numpy(weights[graft_name(name, names)].copy())
    model.load_state_dict(state)
    if args.activation == "silu":
        for module in model.modules():
            for key, child in list(module.named_children()):
                if isinstance(child, torch.nn.ReLU6):
                    setattr(module, key, torch.nn.SiLU())
    return model.to(dtype).train()


def photographs(folder, count, resolution):
    """The same number of images of every class in turn; the middle square."""
    from PIL import Image

    def transform(image):
        side = resolution * 8 // 7
        width, height = (side, side * image.height // image.width) if image.width < image.height else (side * image.width // image.height, side)
        left, top = (width - resolution) // 2, (height - resolution) // 2
        pixels = np.asarray(image.resize((width, height), Image.BICUBIC).crop((left, top, left + resolution, top + resolution)), np.float32) / 255
        return torch.from_numpy(((pixels - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225])).transpose(2, 0, 1).copy())

    classes = sorted(d for d in os.listdir(folder) if os.path.isdir(os.path.join(folder, d)))
    files = [sorted(os.listdir(os.path.join(folder, c))) for c in classes]
    images, labels = [], []
    for i in range(count):
        label = i % len(classes)
        with Image.open(os.path.join(folder, classes[label], files[label][i // len(classes)])) as image:
            images.append(transform(image.convert("RGB")))
        labels.append(label)
    return torch.stack(images), torch.tensor(labels)


def train(weights, images, labels, args, dtype, order, one_dnn=True, autocasts=False):
    """The gradients of the first batch, and the loss of each."""
    torch.backends.mkldnn.set_flags(one_dnn)
    model = network(weights, args, dtype)
    optimizer = torch.optim.SGD(model.parameters(), args.rate, 0.9)
    names, gradients, losses = graft_names(), {}, []
    for step in range(args.steps):
        rows = [step * args.batch + i for i in order]
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=autocasts):
            scores = model(images[rows].to(dtype))
        loss = F.cross_entropy(scores.to(dtype), labels[rows])
        loss.backward()
        if step == 0:
            gradients = {graft_name(name, names): p.grad.numpy().copy() for name, p in model.named_parameters()}
        optimizer.step()
        losses.append(loss.item())
        print(f"{dtype} step {step}: {losses[-1]:.10f}, {time.perf_counter() - start:.1f} s", flush=True)
    return gradients, losses


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("start")
    parser.add_argument("images")
    parser.add_argument("out")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--resolution", type=int, default=224)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--activation", choices=["relu6", "silu"], default="relu6")
    args = parser.parse_args()

    start = read(args.start)
    weights = {name: value for name, value in start.items() if not name.startswith("data.")}
    if args.images == "-":
        images, labels = torch.from_numpy(start["data.images"].transpose(0, 3, 1, 2).copy()), torch.from_numpy(start["data.labels"].astype(np.int64))
        assert len(images) >= args.batch * args.steps, f"START has {len(images)} images."
    else:
        images, labels = photographs(args.images, args.batch * args.steps, args.resolution)
    order = list(range(args.batch))
    g64, losses64 = train(weights, images, labels, args, torch.float64, order)
    singles = [train(weights, images, labels, args, torch.float32, *variant) for variant in ((order,), (order[::-1],), (order, False))]
    g16, losses16 = train(weights, images, labels, args, torch.float32, order, autocasts=True)
    tensors = dict(weights)
    tensors["data.images"], tensors["data.labels"] = images.permute(0, 2, 3, 1).numpy(), labels.numpy().astype(np.float32)
    for name in g64:
        tensors[f"g64.{name}"] = g64[name].astype(np.float32)
        tensors[f"e32.{name}"] = np.array([np.linalg.norm(g32[name] - g64[name]) for g32, _ in singles])
        tensors[f"e16.{name}"] = np.array([np.linalg.norm(g16[name] - g64[name])])
    write(args.out, tensors, dict(losses64=json.dumps(losses64), losses32=json.dumps([losses for _, losses in singles]), losses16=json.dumps([losses16]), batch=str(args.batch), resolution=str(args.resolution),
                                  width=repr(args.width), rate=repr(args.rate), activation=args.activation))


if __name__ == "__main__":
    main()
