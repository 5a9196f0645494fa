#!/usr/bin/env python3
"""Makes the files of this folder. Run with Keras 3 (3.16, any backend), h5py 3 and numpy 1.24.

  layers.keras, layers.h5     every layer that is read, saved by Keras 3 itself
  nested.keras, nested.h5     a functional model and a Sequential in another, with a Normalization that measured its images, and an optimizer's state
  keras2.h5                   written by h5py as tf.keras 2.15 writes it: fixed names that end with :0, a configuration of Keras 2, functions of TensorFlow, Keras 2's hard sigmoid, float16 weights, compressed arrays
  keras1.h5                   the same as Keras 2.1 wrote it: a Sequential that is a bare list
  latest.h5                   the same with the newest structures of HDF5; indexed.h5: with a group of so many members that they are in an index, which is not read
  bfloat16.keras              weights of bfloat16, as Keras 3 writes them: two bytes that HDF5 knows nothing of, and an attribute
  weights.h5                  weights alone
  expected.json               what Keras computes for pixels by a formula; for the two last models numpy does
"""
import io
import json
import os
import zipfile
import h5py
import keras
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
os.chdir(HERE)
L = keras.layers
SIDE = 16
expected = {}


def uniform(count, seed, scale=1.0, offset=0.0):
    """The formula of TestNumbers.Uniform."""
    h = (np.arange(count, dtype=np.uint64) * 2654435761 + seed * 40503 + 12345) & 0xFFFFFFFF
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & 0xFFFFFFFF
    return (offset + scale * (h / 2147483648.0 - 1.0)).astype(np.float32)


def array(shape, seed, scale=1.0, offset=0.0):
    return uniform(int(np.prod(shape)), seed, scale, offset).reshape(shape)


PIXELS = array((1, SIDE, SIDE, 3), 1, 127.5, 127.5)


def fill(model):
    for seed, weight in enumerate(model.weights):
        name = weight.path.split("/")[-1]
        if "seed" in name or name in ("mean", "variance", "count"):
            continue
        scale, offset = {"gamma": (0.3, 1), "moving_variance": (0.4, 1)}.get(name, (0.7, 0))
        weight.assign(array(weight.shape, seed + 10, scale, offset))


def save(name, model):
    expected[name] = keras.ops.convert_to_numpy(model(PIXELS, training=False)).ravel().tolist()
    model.save(f"{name}.keras")
    model.save(f"{name}.h5")


def gate(x):
    return L.ReLU(6.0)(x + 3.0) * (1.0 / 6.0)


def make_layers():
    image = L.Input((SIDE, SIDE, 3))
    x = L.Rescaling([1 / 120.0, 1 / 127.5, 1 / 140.0], offset=[-1.1, -1.0, -0.9])(image)
    x = L.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem")(x)
    x = L.BatchNormalization(scale=False)(x)
    x = L.ReLU(6.0)(x)
    x = L.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = L.DepthwiseConv2D(3, strides=2, use_bias=True, depth_multiplier=2)(x)
    x = L.Activation("hard_swish")(x)
    y = L.GlobalAveragePooling2D(keepdims=True)(x)
    y = L.Conv2D(4, 1, activation="relu")(y)
    y = gate(L.Conv2D(16, 1)(y))
    x = L.Multiply()([x, y])
    y = L.SeparableConv2D(16, 3, padding="same", activation="swish")(x)
    x = L.Add()([x, y])
    y = L.GlobalAveragePooling2D()(x)
    y = L.Dense(16, activation="hard_sigmoid")(y)
    x = L.Multiply()([x, L.Reshape((1, 1, 16))(y)])
    x = L.Conv2D(12, 3, groups=4, padding="same", dilation_rate=2)(x)
    x = L.Multiply()([x, L.Activation("sigmoid")(x)])
    x = L.ZeroPadding2D(1)(x)
    x = L.MaxPooling2D(3, strides=1)(x)
    x = L.AveragePooling2D(2, padding="same")(x)
    x = L.BatchNormalization(center=False)(x)
    x = L.Conv2D(10, 1)(x)
    y = L.Multiply()([x, gate(x)])
    x = L.Rescaling(0.5, offset=0.25)(y)
    x = L.GlobalAveragePooling2D(keepdims=True)(x)
    x = L.Conv2D(6, 1)(x)
    x = L.Dropout(0.2)(x)
    x = L.Conv2D(5, 1, name="logits")(x)
    x = L.Flatten()(x)
    x = L.Activation("softmax")(x)
    model = keras.Model(image, x, name="every_layer")
    fill(model)
    save("layers", model)


def make_nested():
    inner = L.Input((None, None, 3))
    x = L.Conv2D(6, 3, strides=2, padding="same", activation="relu")(inner)
    x = L.Conv2D(8, 3, padding="same", activation="silu")(x)
    inner = keras.Model(inner, x, name="inner")
    augment = keras.Sequential([L.RandomFlip("horizontal"), L.GaussianNoise(0.1)], name="augment")
    head = keras.Sequential([L.Input((8,)), L.Dense(7, activation="relu"), L.Dropout(0.5), L.Dense(1, activation="sigmoid")], name="head")
    normalization = L.Normalization()
    normalization.adapt(array((4, SIDE, SIDE, 3), 2, 100, 120) + np.float32([0, 10, 20]))
    image = L.Input((SIDE, SIDE, 3))
    x = normalization(L.Rescaling(1 / 255.0)(augment(image)))
    x = L.GlobalAveragePooling2D()(inner(x))
    model = keras.Model(image, head(x), name="outer")

    # So that the file has what a training leaves there.
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    fill(model)
    save("nested", model)


def old_layer(class_name, name, inbound, **config):
    layer = {"class_name": class_name, "config": dict(name=name, trainable=True, dtype="float32", **config), "name": name, "inbound_nodes": inbound}
    return layer


def after(*names):
    return [[[name, 0, 0, {}] for name in names]]


def convolution(name, inbound, filters, kernel=1, strides=1, padding="same", **more):
    return old_layer("Conv2D", name, inbound, filters=filters, kernel_size=[kernel, kernel], strides=[strides, strides], padding=padding, data_format="channels_last", dilation_rate=[1, 1], groups=1,
                     activation="linear", use_bias=True, **more)


def write_group(file, layers, half=False, compressed=False):
    """model_weights as tf.keras writes it: names of a fixed length."""
    file.attrs["layer_names"] = np.array([name.encode() for name, _ in layers])
    file.attrs["backend"] = b"tensorflow"
    file.attrs["keras_version"] = b"2.15.0"
    for name, weights in layers:
        group = file.create_group(name)
        group.attrs["weight_names"] = np.array([key.encode() for key in weights]) if weights else np.array([])
        for key, values in weights.items():
            values = values.astype(np.float16) if half else values
            if compressed and values.size > 64:
                group.create_dataset(key, data=values, compression="gzip", shuffle=True, fletcher32=True, chunks=tuple(max(1, extent // 2 + 1) for extent in values.shape))
            else:
                group.create_dataset(key, data=values)


def relu6(x):
    return np.clip(x, 0, 6)


def pointwise(x, kernel, bias):
    return x @ kernel[0, 0] + bias


def make_keras2():
    """A MobileNetV3-like end and Keras 2's own hard sigmoid, over 1x1 convolutions that numpy computes."""
    k1, b1, k2, b2, k3, b3, kd, bd = (array(shape, seed, 0.5) for seed, shape in enumerate([(1, 1, 3, 8), (8,), (1, 1, 8, 8), (8,), (1, 1, 8, 12), (12,), (12, 4), (4,)], 50))
    k1, b1, k2, b2, k3, b3, kd, bd = (v.astype(np.float16).astype(np.float32) for v in (k1, b1, k2, b2, k3, b3, kd, bd))
    layers = [
        old_layer("InputLayer", "input_1", [], batch_input_shape=[None, SIDE, SIDE, 3], sparse=False, ragged=False),
        old_layer("TFOpLambda", "tf.math.truediv", [["input_1", 0, 0, {"y": 127.5, "name": None}]], function="math.truediv"),
        old_layer("TFOpLambda", "tf.math.subtract", [["tf.math.truediv", 0, 0, {"y": 1.0, "name": None}]], function="math.subtract"),
        convolution("conv", after("tf.math.subtract"), 8),
        old_layer("TFOpLambda", "tf.__operators__.add", [["conv", 0, 0, {"y": 3.0, "name": None}]], function="__operators__.add"),
        old_layer("ReLU", "re_lu", after("tf.__operators__.add"), max_value=6.0, negative_slope=0.0, threshold=0.0),
        old_layer("TFOpLambda", "tf.math.multiply", [["re_lu", 0, 0, {"y": 1 / 6, "name": None}]], function="math.multiply"),
        old_layer("Multiply", "multiply", after("conv", "tf.math.multiply")),
        old_layer("GlobalAveragePooling2D", "pool", after("multiply"), data_format="channels_last", keepdims=True),
        convolution("squeeze", after("pool"), 8),
        old_layer("Activation", "hard", after("squeeze"), activation="hard_sigmoid"),
        old_layer("Multiply", "excite", after("multiply", "hard")),
        convolution("last", after("excite"), 12, strides=2),
        old_layer("Activation", "relu", after("last"), activation="relu"),
        old_layer("GlobalAveragePooling2D", "pool_2", after("relu"), data_format="channels_last"),
        old_layer("Dense", "predictions", after("pool_2"), units=4, activation="softmax", use_bias=True),
    ]
    config = {"class_name": "Functional", "config": {"name": "model", "trainable": True, "layers": layers, "input_layers": [["input_1", 0, 0]], "output_layers": [["predictions", 0, 0]]}}
    weights = [(layer["name"], {}) for layer in layers]
    values = {"conv": (k1, b1), "squeeze": (k2, b2), "last": (k3, b3), "predictions": (kd, bd)}
    # A layer that was given another name keeps that of its weights.
    weights = [(name, {f"{'dense_7' if name == 'predictions' else name}/{kind}:0": v for kind, v in zip(("kernel", "bias"), values[name])} if name in values else {}) for name, _ in weights]
    with h5py.File("keras2.h5", "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["backend"] = "tensorflow"
        file.attrs["model_config"] = json.dumps(config).encode()
        write_group(file.create_group("model_weights"), weights, half=True, compressed=True)

    x = pointwise(PIXELS[0] / 127.5 - 1, k1, b1)
    x = x * relu6(x + 3) / 6
    gate = np.clip(0.2 * pointwise(x.mean((0, 1)), k2, b2) + 0.5, 0, 1)
    x = np.maximum(pointwise((x * gate)[::2, ::2], k3, b3), 0)
    logits = x.mean((0, 1)) @ kd + bd
    expected["keras2"] = (np.exp(logits) / np.exp(logits).sum()).tolist()


def make_keras1():
    k, b, kd, bd = array((1, 1, 3, 5), 70), array((5,), 71), array((5, 3), 72), array((3,), 73)
    layers = [
        {"class_name": "Conv2D", "config": {"name": "conv2d_1", "batch_input_shape": [None, SIDE, SIDE, 3], "filters": 5, "kernel_size": [1, 1], "strides": [1, 1], "padding": "valid",
                                            "data_format": "channels_last", "activation": "relu", "use_bias": True}},
        {"class_name": "GlobalAveragePooling2D", "config": {"name": "pool", "data_format": "channels_last"}},
        {"class_name": "Dense", "config": {"name": "dense_1", "units": 3, "activation": "linear", "use_bias": True}},
    ]
    for name, version in (("keras1.h5", "earliest"), ("latest.h5", "latest")):
        with h5py.File(name, "w", libver=version) as file:
            file.attrs["keras_version"] = b"2.1.6"
            file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers}).encode()
            write_group(file.create_group("model_weights"), [("conv2d_1", {"conv2d_1/kernel:0": k, "conv2d_1/bias:0": b}), ("pool", {}), ("dense_1", {"dense_1/kernel:0": kd, "dense_1/bias:0": bd})])
    with h5py.File("indexed.h5", "w", libver="latest") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": layers}).encode()
        write_group(file.create_group("model_weights"), [(f"layer_{i}", {}) for i in range(9)])
    with h5py.File("weights.h5", "w") as file:
        write_group(file, [("conv2d_1", {"conv2d_1/kernel:0": k, "conv2d_1/bias:0": b})])
    x = np.maximum(pointwise(PIXELS[0] / 127.5 - 1, k, b), 0).mean((0, 1))
    expected["keras1"] = (x @ kd + bd).tolist()


def make_bfloat16():
    model = keras.Sequential([L.Input((SIDE, SIDE, 3)), L.Rescaling(1 / 127.5, offset=-1), L.Conv2D(4, 3, activation="relu"), L.GlobalAveragePooling2D(), L.Dense(3)], name="halves")
    fill(model)
    for weight in model.weights:
        weight.assign((keras.ops.convert_to_numpy(weight).view(np.uint32) & 0xFFFF0000).view(np.float32))
    save("bfloat16", model)
    os.remove("bfloat16.h5")
    with zipfile.ZipFile("bfloat16.keras") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    weights = io.BytesIO(parts["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        arrays = []
        file.visititems(lambda name, found: arrays.append(name) if isinstance(found, h5py.Dataset) else None)
        for name in arrays:
            values = file[name][()]
            del file[name]
            array = file.create_dataset(name, data=(values.view(np.uint32) >> 16).astype(np.uint16).view("V2"))
            array.attrs["dtype"] = "bfloat16"
    parts["model.weights.h5"] = weights.getvalue()
    with zipfile.ZipFile("bfloat16.keras", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


make_layers()
make_bfloat16()
make_nested()
make_keras2()
make_keras1()
with open("expected.json", "w") as file:
    json.dump(expected, file)
