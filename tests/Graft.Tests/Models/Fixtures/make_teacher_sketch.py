"""A sketch of the weights of the builtin trunk's teacher: for each array its length and its products with vectors of +1 and -1, from which distances to other arrays can be
estimated, and nothing else. Needs numpy and the teacher: graft import teachable-machine-export/model.json --out teacher.graft; python3 make_teacher_sketch.py teacher.graft"""
import json
import sys
import numpy as np

VECTORS = 16


def signs(count, k):
    """Of element i of vector k: the highest bit of a hash of both."""
    h = (np.arange(count, dtype=np.uint64) * 2654435761 + k * 40503 + 12345) & 0xFFFFFFFF
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * 2246822519) & 0xFFFFFFFF
    return np.where(h >> np.uint64(31), 1.0, -1.0)


with open(sys.argv[1], "rb") as file:
    data = file.read()
length = int.from_bytes(data[:8], "little")
header = json.loads(data[8:8 + length])
sketch = {}
for name, entry in sorted(header.items()):
    if name == "__metadata__" or name.startswith(("dense_", "classifier")):
        continue
    first, end = entry["data_offsets"]
    assert entry["dtype"] == "F32"
    values = np.frombuffer(data[8 + length + first:8 + length + end], dtype="<f4").astype(np.float64)
    sketch[name] = {"length": round(float(np.sqrt((values ** 2).sum())), 5), "products": [round(float((signs(len(values), k) * values).sum()), 4) for k in range(VECTORS)]}
with open("teacher_sketch.json", "w", encoding="utf-8") as file:
    json.dump(sketch, file, separators=(",", ":"))
    file.write("\n")
