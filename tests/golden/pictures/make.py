#!/usr/bin/python3
"""make.py - the pictures beside this file, by Pillow (Debian's python3-pil 9.4): encoders that are
not those of the tests. All show what tests/unit/pictures_test.c expects: 5x3 pixels,
red 40 x + 20 y, green 255 - 50 x, blue 10 + 90 y; or grey 16 (5 y + x) + 3."""
import pathlib, zipfile
from PIL import Image

here = pathlib.Path(__file__).parent
W, H = 5, 3
rgb = Image.new("RGB", (W, H))
grey = Image.new("L", (W, H))
for y in range(H):
    for x in range(W):
        rgb.putpixel((x, y), (40 * x + 20 * y, 255 - 50 * x, 10 + 90 * y))
        grey.putpixel((x, y), 16 * (5 * y + x) + 3)
palette = rgb.quantize(15, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
table = sorted(set(rgb.getdata()))
palette = Image.new("P", (W, H))
palette.putpalette([v for colour in table for v in colour])
palette.putdata([table.index(p) for p in rgb.getdata()])
other = rgb.transpose(Image.Transpose.ROTATE_180)
deep = Image.new("I;16", (W, H))
for y in range(H):
    for x in range(W):
        deep.putpixel((x, y), 257 * (16 * (5 * y + x) + 3) + 1)

def save(picture, name, **options):
    picture.save(here / name, **options)

exif = Image.Exif()
exif[0x0112] = 6

save(rgb, "rgb.bmp")
save(palette, "palette.bmp")
save(grey, "grey.bmp")
save(rgb.convert("RGBA"), "rgba.bmp")
save(palette, "one.gif")
save(palette, "plain.gif", interlace=0)
save(palette, "animated.gif", save_all=True, append_images=[other.quantize(15)], duration=100)
save(rgb, "lossless.webp", lossless=True)
save(rgb, "turned.webp", lossless=True, exif=exif.tobytes())
save(rgb, "animated.webp", lossless=True, save_all=True, append_images=[other], duration=100)
for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
    save(rgb, compression.removeprefix("tiff_") + ".tiff", compression=compression)
save(palette, "palette.tiff")
save(grey, "grey.tiff")
save(deep, "deep.tiff")
save(rgb, "pages.tiff", save_all=True, append_images=[other])
save(rgb, "turned.tiff", tiffinfo={274: 6})
save(rgb, "raw.ppm")
save(grey, "raw.pgm")
save(deep.convert("I"), "deep.pgm")
save(grey.point(lambda v: 255 * (v > 100)).convert("1"), "bits.pbm")
save(rgb, "turned.png", exif=exif)
save(rgb, "animated.png", save_all=True, append_images=[other])
save(grey.convert("LA"), "grey-alpha.png")
save(deep, "deep.png")

with zipfile.ZipFile(here / "names.zip", "w", zipfile.ZIP_DEFLATED) as archive:  # names in UTF-8
    for name in ("photos/train/caf\u00e9/1", "photos/test/caf\u00e9/\u00fc", "__MACOSX/photos/._1", "photos/.DS_Store"):
        archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), (here / "rgb.bmp").read_bytes())
