"""Writes small images in every format and kind beside this file, and NAME.rgb: the pixels that PIL reads from each.

Made with Pillow 9.4.0 (libjpeg-turbo 2.1.5, libwebp 1.2.4, zlib 1.2.13; Debian 12).
"""
import os, struct, zlib
import numpy as np
from PIL import Image, ImageOps

here = os.path.dirname(os.path.abspath(__file__))
w, h = 24, 16
y, x = np.mgrid[:h, :w]
base = Image.fromarray(np.stack([x * 255 // w, y * 255 // h, np.sin(x / 3.) * 50 + np.cos(y / 2.) * 50 + 120], -1).astype(np.uint8))
alpha = Image.fromarray((x * 255 // (w - 1)).astype(np.uint8))
rgba = base.copy()
rgba.putalpha(alpha)


def save(name, image, **options):
    image.save(os.path.join(here, name), **options)
    expect(name)


def expect(name, pixels=None):
    if pixels is None:
        image = ImageOps.exif_transpose(Image.open(os.path.join(here, name)))
        if image.mode in ('LA', 'RGBA') or 'transparency' in image.info:
            image = image.convert('RGBA')
            image = Image.alpha_composite(Image.new('RGBA', image.size, (255, 255, 255, 255)), image)
        pixels = image.convert('RGB').tobytes()
    with open(os.path.join(here, name + '.rgb'), 'wb') as f:
        f.write(pixels)


def chunk(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))


def png(width, height, depth, colour, rows):
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(rows, 9)) + chunk(b'IEND', b''))


def write(name, data):
    with open(os.path.join(here, name), 'wb') as f:
        f.write(data)


save('baseline.jpg', base, quality=90, subsampling=0)
save('subsampled.jpg', base, quality=70, subsampling=2)
save('progressive.jpg', base, quality=90, progressive=True)
save('grey.jpg', base.convert('L'), quality=90)
save('cmyk.jpg', base.convert('CMYK'), quality=90)
save('rgb.png', base)
save('grey.png', base.convert('L'))
save('bits1.png', base.convert('1'))
save('grey-alpha.png', rgba.convert('LA'))
save('alpha.png', rgba)
save('palette.png', base.quantize(16))
save('palette-transparent.png', base.quantize(16), transparency=3)
save('lossy.webp', base, quality=90)
save('lossless.webp', base, lossless=True)
save('alpha.webp', rgba, lossless=True, exact=True)
save('plain.bmp', base)
save('palette.bmp', base.quantize(16))
save('plain.gif', base.quantize(32))
save('transparent.gif', base.quantize(16), transparency=5)
save('animated.gif', base.quantize(32), save_all=True, append_images=[Image.new('P', (w, h))])
for value in range(1, 9):
    exif = Image.Exif()
    exif[274] = value
    save(f'orientation{value}.jpg', base, quality=95, subsampling=0, exif=exif)
exif = Image.Exif()
exif[274] = 6
save('orientation6.png', base, exif=exif)
save('orientation6.webp', base, lossless=True, exif=exif)

# PIL clips 16-bit grey instead of scaling it, so these pixels are the high bytes.
deep = np.stack([x * 65535 // w, y * 65535 // h, x * y * 150], -1).astype('>u2')
write('rgb16.png', png(w, h, 16, 2, b''.join(b'\0' + row.tobytes() for row in deep)))
expect('rgb16.png', (deep >> 8).astype(np.uint8).tobytes())
write('grey16.png', png(w, h, 16, 0, b''.join(b'\0' + row.tobytes() for row in deep[..., 2])))
expect('grey16.png', np.repeat((deep[..., 2:] >> 8).astype(np.uint8), 3, -1).tobytes())

# A small file that says it is 20,000 x 20,000.
write('bomb.png', png(20000, 20000, 8, 2, bytes(1000)))

# Large enough that cutting it short leaves some rows.
y, x = np.mgrid[:96, :64]
large = Image.fromarray(np.stack([x * 4, y * 2, (x * x + y * y) % 251], -1).astype(np.uint8))
large.save(os.path.join(here, 'large.jpg'), quality=60)
large.save(os.path.join(here, 'large-progressive.jpg'), quality=60, progressive=True)
large.save(os.path.join(here, 'large.png'))
large.save(os.path.join(here, 'large.webp'), quality=60)
large.save(os.path.join(here, 'large-lossless.webp'), lossless=True)
large.quantize(64).save(os.path.join(here, 'large.gif'), interlace=0)
large.quantize(64).save(os.path.join(here, 'large.bmp'))
