"""Writes resize.csv and preprocess.csv beside this file: SHA-256 of what PIL and torchvision make of images given by a formula.

Made with Pillow 9.4.0, torch 1.13.1, torchvision 0.14.1 (Debian 12). The formula is TestImage.Make in the tests.
"""
import hashlib, os
import numpy as np
from PIL import Image
from torchvision import transforms as T
from torchvision.transforms import InterpolationMode as M

here = os.path.dirname(os.path.abspath(__file__))


def image(w, h, kind):
    y, x, c = np.mgrid[:h, :w, :3].astype(np.int64)
    if kind == 'smooth':
        a = (x * 255 // w + y * 127 // h + c * 40) % 256
    elif kind == 'noise':
        a = ((x * 73856093) ^ (y * 19349663) ^ (c * 83492791)) // 64 % 256
    else:  # extremes: overshoot of the cubic filter
        a = ((x // 3 + y // 2 + c) % 2) * 255
    return Image.fromarray(a.astype(np.uint8))


sizes = [((w, h), (ow, oh)) for w, h, ow, oh in [
    (64, 48, 32, 24), (64, 48, 33, 17), (64, 48, 128, 96), (64, 48, 65, 49), (64, 48, 64, 24), (64, 48, 30, 48), (64, 48, 64, 48), (64, 48, 1, 1),
    (64, 48, 1, 48), (64, 48, 7, 300), (1, 1, 5, 7), (1, 48, 9, 9), (48, 1, 9, 9), (2, 3, 40, 41), (227, 227, 256, 256), (227, 151, 256, 170),
    (500, 333, 224, 149), (333, 500, 149, 224), (1000, 3, 10, 300), (3, 1000, 300, 10), (4000, 2, 5, 5), (257, 129, 256, 128), (31, 17, 97, 13),
    (13, 97, 17, 31), (640, 480, 224, 224), (5, 5, 4, 4), (5, 5, 6, 6), (299, 299, 11, 11), (100, 100, 99, 101), (16, 16, 15, 17),
]]
with open(os.path.join(here, 'resize.csv'), 'w') as f:
    f.write('kind,width,height,box_x,box_y,box_width,box_height,out_width,out_height,filter,sha256\n')
    for kind in ('smooth', 'noise', 'extremes'):
        for (w, h), (ow, oh) in sizes:
            boxes = [(0, 0, w, h)]
            if w > 8 and h > 8:
                boxes.append((w // 5, h // 7, w // 2 + 1, h // 2 + 1))
            for bx, by, bw, bh in boxes:
                for name, method in (('Bilinear', Image.BILINEAR), ('Bicubic', Image.BICUBIC)):
                    out = image(w, h, kind).crop((bx, by, bx + bw, by + bh)).resize((ow, oh), method)
                    f.write(f'{kind},{w},{h},{bx},{by},{bw},{bh},{ow},{oh},{name},{hashlib.sha256(out.tobytes()).hexdigest()}\n')

with open(os.path.join(here, 'preprocess.csv'), 'w') as f:
    f.write('kind,width,height,resolution,resized,filter,centered,sha256\n')
    for w, h in [(227, 227), (300, 200), (200, 300), (301, 200), (333, 500), (17, 90), (90, 17), (1, 40), (1024, 700), (64, 65), (256, 256)]:
        for res, short in [(224, 256), (96, 110), (33, 33), (128, 146)]:
            for name, method in (('Bilinear', M.BILINEAR), ('Bicubic', M.BICUBIC)):
                for centered in (0, 1):
                    mean, std = ([0.5] * 3, [0.5] * 3) if centered else ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
                    t = T.Compose([T.Resize(short, method), T.CenterCrop(res), T.ToTensor(), T.Normalize(mean, std)])
                    out = t(image(w, h, 'noise')).permute(1, 2, 0).contiguous().numpy().astype('<f4')
                    f.write(f'noise,{w},{h},{res},{short},{name},{centered},{hashlib.sha256(out.tobytes()).hexdigest()}\n')
