"""Writes operations.csv and moved.rgb beside this file: what torchvision makes of images given by a formula.

The CSV has the SHA-256 of each result; those that are compared to a grey level are also in moved.rgb, in order.

Made with Pillow 9.4.0, torchvision 0.14.1 (Debian 12). The formula is TestImage.Make in the tests; bytes are rows of red, green, blue.
"""
import hashlib
import os
import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode, autoaugment, functional as F

here = os.path.dirname(os.path.abspath(__file__))
W, H = 29, 23
FILL = [124, 116, 104]


def image(kind):
    y, x, c = np.mgrid[:H, :W, :3].astype(np.int64)
    if kind == 'smooth':
        a = (x * 255 // W + y * 127 // H + c * 40) % 256
    elif kind == 'dim':  # a narrow range, for what stretches it
        a = 60 + (x * 90 // W + y * 30 // H + c * 10) % 256
    else:
        a = ((x * 73856093) ^ (y * 19349663) ^ (c * 83492791)) // 64 % 256
    return Image.fromarray(a.astype(np.uint8))


MOVES = ('ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate')
rows, moved = ['kind,operation,value,sha256'], b''


def add(kind, operation, value, result):
    rows.append(f'{kind},{operation},{value},{hashlib.sha256(np.asarray(result).tobytes()).hexdigest()}')


for kind in ('smooth', 'noise', 'dim'):
    p = image(kind)
    for name, function, values in (
            ('brightness', F.adjust_brightness, (0, 0.37, 0.8, 1.2, 1.9)), ('contrast', F.adjust_contrast, (0, 0.37, 0.8, 1.2, 1.9)),
            ('saturation', F.adjust_saturation, (0, 0.37, 0.8, 1.2, 1.9)), ('hue', F.adjust_hue, (-0.5, -0.11, 0.02, 0.3, 0.5)),
            ('sharpness', F.adjust_sharpness, (0, 0.37, 1.3, 1.9))):
        for v in values:
            add(kind, name, v, function(p, v))
    space = autoaugment.RandAugment()._augmentation_space(31, (H, W))
    for op, (magnitudes, signed) in space.items():
        if op in MOVES and kind == 'dim':
            continue
        for level in (9, 30) if op in MOVES else (1, 9, 17, 30):
            for sign in ((1, -1) if signed else (1,)):
                m = sign * (float(magnitudes[level]) if magnitudes.ndim > 0 else 0.0)
                out = autoaugment._apply_op(p, op, m, InterpolationMode.BILINEAR, FILL)
                add(kind, op, sign * level, out)
                if op in MOVES:
                    moved += np.asarray(out).tobytes()
with open(os.path.join(here, 'operations.csv'), 'w') as f:
    f.write('\n'.join(rows) + '\n')
with open(os.path.join(here, 'moved.rgb'), 'wb') as f:
    f.write(moved)
