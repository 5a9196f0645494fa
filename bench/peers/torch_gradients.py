"""Gradients and the first losses of a whole MobileNetV2 in train mode on photographs, in float64 and in float32, for `bench gradients`.

    python3 torch_gradients.py START IMAGES OUT [--width 1.0] [--resolution 224] [--batch 16] [--steps 10] [--rate 0.01] [--activation relu6]

START is a file of `bench train-start`: its weights are taken, its images are not. IMAGES is a folder with a folder for each class. OUT becomes a
safetensors file: the weights as they were, data.images [steps * batch, h, w, 3], data.labels, g64.NAME (the gradients of the first batch), e32.NAME
(how far each float32 run is from them, a norm for each), and in its metadata the losses of SGD (momentum 0.9) on one batch after the other.
float32 runs three times, with equally good roundings: as it is, with the batch in reverse, and with torch's own convolutions (no oneDNN): masks of ReLU6 that
rounding flips make trajectories part, and one run does not tell how far. Written for torch 1.13, torchvision 0.14, PIL 9.4. (Channels last its
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
import torchvision
from PIL import Image
from torchvision import transforms

BLOCKS = [1, 2, 3, 4, 3, 3, 1]


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
    model = torchvision.models.mobilenet_v2(width_mult=args.width, num_classes=len(weights["classifier.bias"]), dropout=0.0)
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
    transform = transforms.Compose([
        transforms.Resize(resolution * 8 // 7, transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(resolution), transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    classes = sorted(d for d in os.listdir(folder) if os.path.isdir(os.path.join(folder, d)))
    files = [sorted(os.listdir(os.path.join(folder, c))) for c in classes]
    images, labels = [], []
    for i in range(count):
        label = i % len(classes)
        with Image.open(os.path.join(folder, classes[label], files[label][i // len(classes)])) as image:
            images.append(transform(image.convert("RGB")))
        labels.append(label)
    return torch.stack(images), torch.tensor(labels)


def train(weights, images, labels, args, dtype, order, one_dnn=True):
    """The gradients of the first batch, and the loss of each."""
    torch.backends.mkldnn.set_flags(one_dnn)
    model = network(weights, args, dtype)
    optimizer = torch.optim.SGD(model.parameters(), args.rate, 0.9)
    names, gradients, losses = graft_names(), {}, []
    for step in range(args.steps):
        rows = [step * args.batch + i for i in order]
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[rows].to(dtype)), labels[rows])
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

    weights = {name: value for name, value in read(args.start).items() if not name.startswith("data.")}
    images, labels = photographs(args.images, args.batch * args.steps, args.resolution)
    order = list(range(args.batch))
    g64, losses64 = train(weights, images, labels, args, torch.float64, order)
    singles = [train(weights, images, labels, args, torch.float32, *variant) for variant in ((order,), (order[::-1],), (order, False))]
    tensors = dict(weights)
    tensors["data.images"], tensors["data.labels"] = images.permute(0, 2, 3, 1).numpy(), labels.numpy().astype(np.float32)
    for name in g64:
        tensors[f"g64.{name}"] = g64[name].astype(np.float32)
        tensors[f"e32.{name}"] = np.array([np.linalg.norm(g32[name] - g64[name]) for g32, _ in singles])
    write(args.out, tensors, dict(losses64=json.dumps(losses64), losses32=json.dumps([losses for _, losses in singles]), batch=str(args.batch), resolution=str(args.resolution),
                                  width=repr(args.width), rate=repr(args.rate), activation=args.activation))


if __name__ == "__main__":
    main()
