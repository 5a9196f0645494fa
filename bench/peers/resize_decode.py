"""Decodes and resizes the JPEGs of a folder with PIL on one thread, and prints the milliseconds an image as one JSON object.

The counterpart is bench/Graft.Bench/ResizeDecode.cs: equal digests mean equal bits. Needs Pillow.

    python3 bench/peers/resize_decode.py FOLDER [IMAGES]
"""
import hashlib, io, json, os, sys, time
from PIL import Image, ImageOps, __version__

folder, most = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 300
paths = sorted(os.path.join(at, name) for at, _, names in os.walk(folder) for name in names if name.lower().endswith(('.jpg', '.jpeg')))
step = max(1, len(paths) // most)
files = [open(path, 'rb').read() for path in paths[::step][:most]]
SHORT, CROP, ROUNDS = 256, 224, 5


def decode(file):
    return ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert('RGB')


def size(image):
    w, h = image.size
    return (SHORT, SHORT * h // w) if w <= h else (SHORT * w // h, SHORT)


def crop(image):
    w, h = image.size
    left, top = round((w - CROP) / 2), round((h - CROP) / 2)
    return image.crop((left, top, left + CROP, top + CROP))


def best(work, items):
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for item in items:
            work(item)
        times.append(time.perf_counter() - start)
    return round(sorted(times)[ROUNDS // 2] / len(items) * 1e3, 4)


images = [decode(file) for file in files]
digest, decoded = hashlib.sha256(), hashlib.sha256()
for image in images:
    decoded.update(image.tobytes())
    for method in (Image.BILINEAR, Image.BICUBIC):
        digest.update(crop(image.resize(size(image), method)).tobytes())
print(json.dumps({
    'peer': f'Pillow {__version__}', 'images': len(images), 'megapixels': round(sum(i.width * i.height for i in images) / 1e6, 2),
    'decode_ms': best(decode, files),
    'bilinear_ms': best(lambda i: i.resize(size(i), Image.BILINEAR), images),
    'bicubic_ms': best(lambda i: i.resize(size(i), Image.BICUBIC), images),
    'bicubic_crop_ms': best(lambda i: crop(i.resize(size(i), Image.BICUBIC)), images),
    'bicubic_64_ms': best(lambda i: i.resize((64, 64), Image.BICUBIC), images),
    'decoded_sha256': decoded.hexdigest(), 'cropped_sha256': digest.hexdigest(),
}))
