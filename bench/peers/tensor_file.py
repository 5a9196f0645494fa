"""safetensors files in a few lines, read and written without the package of that name. Written for torch 1.13."""
import json
import struct

import numpy as np
import torch

TYPES = {"F32": np.float32, "I64": np.int64}


def write(path, tensors):
    """Writes a dictionary of tensors, of float32 or int64, as they are in memory."""
    header, buffers, offset = {}, [], 0
    for name, tensor in tensors.items():
        data = tensor.detach().contiguous().numpy()
        kind = next(kind for kind, dtype in TYPES.items() if data.dtype == dtype)
        header[name] = {"dtype": kind, "shape": list(data.shape), "data_offsets": [offset, offset + data.nbytes]}
        buffers.append(data.tobytes())
        offset += data.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(buffers))


def read(path):
    """Reads all tensors of a file, and the text that it has."""
    with open(path, "rb") as file:
        data = file.read()
    length, = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    text, tensors = header.pop("__metadata__", {}), {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], TYPES[entry["dtype"]]).reshape(entry["shape"]).copy())
    return tensors, text
