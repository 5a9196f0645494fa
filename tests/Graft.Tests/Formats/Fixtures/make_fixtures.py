#!/usr/bin/env python3
"""Makes the files of this folder. Run with Debian's python3: torch 1.13.1, torchvision 0.14.1, numpy 1.24.

  small.safetensors           written by hand: every kind of number that is read
  zip.pth, legacy.pth         torch.save in both formats: kinds of numbers, shared storages, strides
  training.pth                a state dictionary among other things, as training programs save it
  module.pth                  a whole pickled module, which must be refused
  torchvision.json            torchvision's MobileNetV2 0.25 at 64 pixels: its names and shapes, and its logits for weights made by a formula
  tiny/, machine/, layers/    TensorFlow.js models written by hand, and what torch computes for them
"""
import collections
import json
import os
import struct
import numpy as np
import torch
import torch.nn.functional as F
import torchvision

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(HERE)


def uniform(count, seed, scale=1.0, offset=0.0):
    """The formula of TestNumbers.Uniform."""
    h = (np.arange(count, dtype=np.uint64) * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & 0xFFFFFFFF
    return (offset + scale * (h / 2147483648.0 - 1.0)).astype(np.float32)


def array(shape, seed, scale=1.0, offset=0.0):
    return uniform(int(np.prod(shape)), seed, scale, offset).reshape(shape)


def dump(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, separators=(",", ":"))


def floats(tensor):
    return [float(v) for v in np.asarray(tensor, dtype=np.float32).reshape(-1)]


# ---- safetensors -------------------------------------------------------------------------------------------------------------

def safetensors():
    bfloat = (np.array([1.0, -2.5], np.float32).view(np.uint32) >> 16).astype(np.uint16)
    tensors = [
        ("double", "F64", [2], np.array([1.5, -1e-3], np.float64)),
        ("long", "I64", [], np.array(7, np.int64)),
        ("single", "F32", [2, 3], np.arange(6, dtype=np.float32) / 4),
        ("int", "I32", [2], np.array([-5, 1 << 20], np.int32)),
        ("half", "F16", [3], np.array([0.5, -65504, 6e-8], np.float16)),
        ("brain", "BF16", [2], bfloat),
        ("short", "I16", [1], np.array([-300], np.int16)),
        ("byte", "U8", [2], np.array([0, 255], np.uint8)),
        ("signed", "I8", [1], np.array([-128], np.int8)),
        ("truth", "BOOL", [2], np.array([1, 0], np.uint8)),
        ("empty", "F32", [0, 4], np.zeros(0, np.float32)),
    ]
    header, data = {"__metadata__": {"made by": "hand"}}, b""
    for name, dtype, shape, values in tensors:
        raw = values.tobytes()
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open("small.safetensors", "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


# ---- PyTorch -----------------------------------------------------------------------------------------------------------------

def pytorch():
    base = torch.arange(24, dtype=torch.float32) / 8
    state = collections.OrderedDict(
        single=torch.tensor([[1.0, -2.0], [3.5, 4.25]]),
        half=torch.tensor([0.5, -1.5], dtype=torch.float16),
        brain=torch.tensor([1.0, -2.5, 3.0], dtype=torch.bfloat16),
        double=torch.tensor([1e-3], dtype=torch.float64),
        count=torch.tensor(7),
        truth=torch.tensor([True, False]),
        shared_a=base[4:8],
        shared_b=base.view(4, 6)[1:3, 2:5],
        transposed=base.view(2, 3, 4).permute(2, 0, 1),
        last=torch.arange(16.0).view(1, 2, 2, 4).contiguous(memory_format=torch.channels_last),
        empty=torch.zeros(0, 3),
    )
    state["parameter"] = torch.nn.Parameter(torch.tensor([9.0, 8.0]))
    torch.save(state, "zip.pth")
    torch.save(state, "legacy.pth", _use_new_zipfile_serialization=False)
    model = torch.nn.DataParallel(torch.nn.Linear(2, 2))
    with torch.no_grad():
        model.module.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        model.module.bias.copy_(torch.tensor([5.0, 6.0]))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    with torch.no_grad():
        model.module.weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
        model.module.bias.copy_(torch.tensor([5.0, 6.0]))
    torch.save({"epoch": 3, "arch": "linear", "state_dict": model.state_dict(), "optimizer": optimizer.state_dict(), "best": 0.5}, "training.pth",
               _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), "module.pth")


def torchvision_mobilenet():
    model = torchvision.models.MobileNetV2(num_classes=10, width_mult=0.25).eval()
    keys, seed = [], 100
    state = model.state_dict()
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        shape, leaf = list(value.shape), name.split(".")[-1]
        if leaf == "running_var":
            scale, offset = 0.5, 1.0
        elif leaf in ("running_mean", "bias"):
            scale, offset = 0.5, 0.0
        elif len(shape) == 1:
            scale, offset = 0.5, 1.5
        elif len(shape) == 4:
            scale, offset = (2.0 / (shape[1] * shape[2] * shape[3])) ** 0.5, 0.0
        else:
            scale, offset = 0.1, 0.0
        state[name] = torch.from_numpy(array(shape, seed, scale, offset))
        keys.append({"name": name, "shape": shape, "scale": scale, "offset": offset})
        seed += 1
    model.load_state_dict(state)
    image = array((2, 64, 64, 3), 1)
    with torch.no_grad():
        logits = model(torch.from_numpy(image).permute(0, 3, 1, 2)).numpy()
    print("torchvision logits, standard deviation", logits.std())
    dump("torchvision.json", {"keys": keys, "logits": floats(logits)})


# ---- TensorFlow.js -----------------------------------------------------------------------------------------------------------

def layer(name, class_name, inbound, **config):
    return {"name": name, "class_name": class_name, "config": {"name": name, "trainable": True, **config}, "inbound_nodes": [[[i, 0, 0, {}] for i in inbound]] if inbound else []}


def conv(name, inbound, filters, kernel, stride, padding, bias):
    return layer(name, "Conv2D", inbound, filters=filters, kernel_size=[kernel, kernel], strides=[stride, stride], padding=padding, data_format="channels_last",
                 dilation_rate=[1, 1], activation="linear", use_bias=bias)


def tiny_layers():
    return [
        layer("in", "InputLayer", [], batch_input_shape=[None, 8, 8, 3], dtype="float32"),
        layer("pad", "ZeroPadding2D", ["in"], padding=[[0, 1], [0, 1]], data_format="channels_last"),
        conv("stem", ["pad"], 4, 3, 2, "valid", False),
        layer("stem_bn", "BatchNormalization", ["stem"], axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True),
        layer("stem_relu", "ReLU", ["stem_bn"], max_value=6),
        layer("dw", "DepthwiseConv2D", ["stem_relu"], kernel_size=[3, 3], strides=[1, 1], padding="same", data_format="channels_last", dilation_rate=[1, 1],
              activation="linear", use_bias=True, depth_multiplier=2),
        layer("dw_bn", "BatchNormalization", ["dw"], axis=[3], momentum=0.999, epsilon=0.01, center=True, scale=False),
        layer("dw_relu", "ReLU", ["dw_bn"], max_value=None),
        conv("project", ["dw_relu"], 4, 1, 1, "same", False),
        layer("sum", "Add", ["stem_relu", "project"]),
        layer("pool", "GlobalAveragePooling2D", ["sum"], data_format="channels_last"),
        layer("dropout", "Dropout", ["pool"], rate=0.25),
        layer("dense", "Dense", ["dropout"], units=5, activation="softmax", use_bias=True),
    ]


def tiny_weights():
    return collections.OrderedDict([
        ("stem/kernel", array((3, 3, 3, 4), 1, 0.5)),
        ("stem_bn/gamma", array((4,), 2, 0.5, 1)),
        ("stem_bn/beta", array((4,), 3, 0.5)),
        ("dw/depthwise_kernel", array((3, 3, 4, 2), 4, 0.5)),
        ("dw/bias", array((8,), 5, 0.5)),
        ("dw_bn/beta", array((8,), 6, 0.5)),
        ("project/kernel", array((1, 1, 8, 4), 7, 0.5)),
        ("dense/kernel", array((4, 5), 8)),
        ("dense/bias", array((5,), 9)),
        ("stem_bn/moving_mean", array((4,), 10, 0.5)),
        ("stem_bn/moving_variance", array((4,), 11, 0.5, 1)),
        ("dw_bn/moving_mean", array((8,), 12, 0.5)),
        ("dw_bn/moving_variance", array((8,), 13, 0.5, 1)),
    ])


def tiny_logits(weights, image):
    w = {k: torch.from_numpy(v) for k, v in weights.items()}
    x = F.pad(torch.from_numpy(image).permute(0, 3, 1, 2), (0, 1, 0, 1))
    x = F.conv2d(x, w["stem/kernel"].permute(3, 2, 0, 1), stride=2)
    x = F.batch_norm(x, w["stem_bn/moving_mean"], w["stem_bn/moving_variance"], w["stem_bn/gamma"], w["stem_bn/beta"], eps=1e-3)
    first = F.relu6(x)
    kernel = w["dw/depthwise_kernel"].permute(2, 3, 0, 1).reshape(8, 1, 3, 3)
    x = F.conv2d(first, kernel, w["dw/bias"], padding=1, groups=4)
    x = F.batch_norm(x, w["dw_bn/moving_mean"], w["dw_bn/moving_variance"], None, w["dw_bn/beta"], eps=1e-2)
    x = F.conv2d(F.relu(x), w["project/kernel"].permute(3, 2, 0, 1))
    x = (x + first).mean((2, 3))
    return (x @ w["dense/kernel"] + w["dense/bias"]).numpy()


def functional(layers):
    return {"class_name": "Model", "config": {"name": "tiny", "layers": layers, "input_layers": [["in", 0, 0]], "output_layers": [["dense", 0, 0]]},
            "keras_version": "tfjs-layers 1.3.1", "backend": "tensor_flow.js"}


def keras3(layers):
    for l in layers:
        tensors = [{"class_name": "__keras_tensor__", "config": {"shape": [None], "dtype": "float32", "keras_history": i[:3]}} for call in l["inbound_nodes"] for i in call]
        if tensors:
            l["inbound_nodes"] = [{"args": [tensors] if len(tensors) > 1 else tensors, "kwargs": {}}]
        if l["class_name"] == "InputLayer":
            l["config"]["batch_shape"] = l["config"].pop("batch_input_shape")
    return {"class_name": "Functional", "config": {"name": "tiny", "layers": layers, "input_layers": [["in", 0, 0]], "output_layers": ["dense", 0, 0]}}


def manifest(weights, path):
    return {"paths": path if isinstance(path, list) else [path], "weights": [{"name": n, "shape": list(v.shape), "dtype": "float32"} for n, v in weights]}


def tiny():
    os.makedirs("tiny", exist_ok=True)
    weights = tiny_weights()
    image = array((1, 8, 8, 3), 50)
    items = list(weights.items())
    first, second = items[:9], items[9:]
    raw = b"".join(v.tobytes() for _, v in first)
    cuts = [0, 101, 350, len(raw)]
    paths = [f"group1-shard{i + 1}of3.bin" for i in range(3)]
    for path, begin, end in zip(paths, cuts, cuts[1:]):
        open(f"tiny/{path}", "wb").write(raw[begin:end])
    open("tiny/group2-shard1of1.bin", "wb").write(b"".join(v.tobytes() for _, v in second))
    groups = [manifest(first, paths), manifest(second, "group2-shard1of1.bin")]
    dump("tiny/model.json", {"format": "layers-model", "generatedBy": "hand", "convertedBy": None, "modelTopology": functional(tiny_layers()), "weightsManifest": groups})
    dump("tiny/keras3.json", {"format": "layers-model", "modelTopology": {"keras_version": "3.1.0", "backend": "tensorflow", "model_config": keras3(tiny_layers())},
                              "weightsManifest": groups})

    # Quantized: q * scale + min, and halves.
    entries, data, rounded = [], b"", {}
    for name, values in items:
        kind = {"stem/kernel": "uint8", "project/kernel": "uint8", "dense/kernel": "uint16", "dw/depthwise_kernel": "float16"}.get(name)
        entry = {"name": name, "shape": list(values.shape), "dtype": "float32"}
        if kind in ("uint8", "uint16"):
            low, high = float(values.min()), float(values.max())
            scale = (high - low) / (255 if kind == "uint8" else 65535)
            q = np.round((values - low) / scale).astype(kind)
            entry["quantization"] = {"dtype": kind, "scale": scale, "min": low, "original_dtype": "float32"}
            rounded[name] = (q.astype(np.float64) * scale + low).astype(np.float32)
        elif kind == "float16":
            q = values.astype(np.float16)
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
            rounded[name] = q.astype(np.float32)
        else:
            q = rounded[name] = values
        entries.append(entry)
        data += q.tobytes()
    open("tiny/quantized.bin", "wb").write(data)
    dump("tiny/quantized.json", {"format": "layers-model", "modelTopology": {"model_config": functional(tiny_layers())},
                                 "weightsManifest": [{"paths": ["quantized.bin"], "weights": entries}]})
    plain, quantized = tiny_logits(weights, image), tiny_logits(rounded, image)
    print("tiny logits", plain, quantized)
    dump("tiny.json", {"logits": floats(plain), "quantized": floats(quantized)})


def machine():
    """The shape of an export of Teachable Machine: Sequential[Sequential[Model, pooling], Sequential[Dense, Dense]], the inner one as a bare array."""
    os.makedirs("machine", exist_ok=True)
    inner = [
        layer("m_in", "InputLayer", [], batch_input_shape=[None, 8, 8, 3]),
        conv("m_conv", ["m_in"], 6, 3, 2, "same", True),
        layer("m_relu", "ReLU", ["m_conv"], max_value=6),
    ]
    pool = {"class_name": "GlobalAveragePooling2D", "config": {"name": "m_pool", "data_format": "channels_last"}}
    trunk = {"class_name": "Sequential", "config": [
        {"class_name": "Model", "config": {"name": "m", "layers": inner, "input_layers": [["m_in", 0, 0]], "output_layers": [["m_relu", 0, 0]]}}, pool]}
    head = {"class_name": "Sequential", "config": {"name": "head", "layers": [
        {"class_name": "Dense", "config": {"name": "dense_1", "units": 4, "activation": "relu", "use_bias": True, "batch_input_shape": [None, 6]}},
        {"class_name": "Dense", "config": {"name": "dense_2", "units": 3, "activation": "softmax", "use_bias": False}}]}}
    weights = collections.OrderedDict([
        ("m_conv/kernel", array((3, 3, 3, 6), 21, 0.5)), ("m_conv/bias", array((6,), 22)),
        ("dense_1/kernel", array((6, 4), 23)), ("dense_1/bias", array((4,), 24, 1, 1)), ("dense_2/kernel", array((4, 3), 25))])
    open("machine/weights.bin", "wb").write(b"".join(v.tobytes() for v in weights.values()))
    dump("machine/model.json", {"modelTopology": {"class_name": "Sequential", "config": {"name": "whole", "layers": [trunk, head]}},
                                "weightsManifest": [manifest(list(weights.items()), ["weights.bin"])]})
    dump("machine/metadata.json", {"tfjsVersion": "1.3.1", "tmVersion": "2.4.4", "packageName": "@teachablemachine/image", "timeStamp": "2022-04-17T13:00:13.451Z",
                                   "userMetadata": {}, "modelName": "my model", "labels": ["김치", "sushi", "pizza"], "imageSize": 8})
    w = {k: torch.from_numpy(v) for k, v in weights.items()}
    x = F.pad(torch.from_numpy(array((1, 8, 8, 3), 50)).permute(0, 3, 1, 2), (0, 1, 0, 1))
    x = F.relu6(F.conv2d(x, w["m_conv/kernel"].permute(3, 2, 0, 1), w["m_conv/bias"], stride=2)).mean((2, 3))
    logits = F.relu(x @ w["dense_1/kernel"] + w["dense_1/bias"]) @ w["dense_2/kernel"]
    print("machine", x, logits)
    dump("machine.json", {"features": floats(x), "logits": floats(logits)})


def layers():
    """The layers that MobileNets do not have, in a Sequential with an object for its configuration."""
    os.makedirs("layers", exist_ok=True)

    def plain(class_name, **config):
        return {"class_name": class_name, "config": config}

    stack = [
        plain("SeparableConv2D", name="sep", filters=5, kernel_size=[3, 3], strides=[1, 1], padding="same", depth_multiplier=2, activation="swish", use_bias=True,
              batch_input_shape=[None, 8, 8, 3]),
        plain("MaxPooling2D", name="max", pool_size=[2, 2], strides=None, padding="valid"),
        plain("AveragePooling2D", name="average", pool_size=3, strides=2, padding="same"),
        plain("Activation", name="act", activation="sigmoid"),
        plain("Conv2D", name="conv", filters=4, kernel_size=2, strides=1, padding="valid", dilation_rate=1, activation="relu", use_bias=True),
        plain("Flatten", name="flat"),
        plain("Dense", name="dense", units=3),
        plain("Softmax", name="soft"),
    ]
    weights = collections.OrderedDict([
        ("sequential/sep/depthwise_kernel:0", array((3, 3, 3, 2), 31)), ("sequential/sep/pointwise_kernel:0", array((1, 1, 6, 5), 32)), ("sequential/sep/bias:0", array((5,), 33)),
        ("conv/kernel", array((2, 2, 5, 4), 34)), ("conv/bias", array((4,), 35)), ("dense/kernel", array((4, 3), 36)), ("dense/bias", array((3,), 37))])
    open("layers/weights.bin", "wb").write(b"".join(v.tobytes() for v in weights.values()))
    dump("layers/model.json", {"modelTopology": {"class_name": "Sequential", "config": {"name": "layers", "layers": stack}},
                               "weightsManifest": [manifest(list(weights.items()), ["weights.bin"])]})
    w = {k.replace("sequential/", "").replace(":0", ""): torch.from_numpy(v) for k, v in weights.items()}
    x = torch.from_numpy(array((1, 8, 8, 3), 50)).permute(0, 3, 1, 2)
    x = F.conv2d(x, w["sep/depthwise_kernel"].permute(2, 3, 0, 1).reshape(6, 1, 3, 3), padding=1, groups=3)
    x = F.silu(F.conv2d(x, w["sep/pointwise_kernel"].permute(3, 2, 0, 1), w["sep/bias"]))
    x = F.max_pool2d(x, 2)
    # SAME, 4 pixels, window 3, stride 2: one zero at the end, which does not count.
    ones = F.pad(torch.ones_like(x), (0, 1, 0, 1))
    x = F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2) / F.avg_pool2d(ones, 3, 2)
    x = F.relu(F.conv2d(torch.sigmoid(x), w["conv/kernel"].permute(3, 2, 0, 1), w["conv/bias"]))
    logits = x.reshape(1, 4) @ w["dense/kernel"] + w["dense/bias"]
    print("layers", x.reshape(-1), logits)
    dump("layers.json", {"logits": floats(logits)})


safetensors()
pytorch()
torchvision_mobilenet()
tiny()
machine()
layers()
