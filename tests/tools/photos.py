#!/usr/bin/env python3
"""A folder of pictures in mixed formats and sizes, three of them broken, for tests/tools/run.sh.

    photos.py OUT                 photographs that come with scikit-image
    photos.py OUT --faces DIR     without it: the PNG files of DIR, which `visage synth` wrote

Prints how many files can be read.  The broken ones are OUT/broken-cut.jpg (half a JPEG),
OUT/broken-text.png (a text) and OUT/broken-huge.png (a header of 20000 x 20000 pixels).
"""

import argparse
import base64
import struct
import sys
import zlib
from pathlib import Path

FACES = 100   # of lfw_subset.npy, which holds faces first and other patches behind them
PHOTOS = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "rocket.jpg", "moon.png")
ENDINGS = ("jpg", "png", "bmp", "pgm")

# A grey 16 x 16 ramp, for where nothing here can encode a JPEG.
SMALL_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywt"
    "QFdBRkxOUlNSMj5aYVpQYEpRUk//wAALCAAQABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAABgD/xAAYEAACAwAAAAAA"
    "AAAAAAAAAAAABAUhMf/aAAgBAQAAPwAnHoZQnj0Moo9DKE8ehlH/2Q==")


def png(width, height, rows):
    """PNG of 8-bit RGB; rows may be shorter than the header says."""
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def write_broken(out, jpeg):
    (out / "broken-cut.jpg").write_bytes(jpeg[:len(jpeg) // 2])
    (out / "broken-text.png").write_text("This is not a picture.\n" * 20)
    (out / "broken-huge.png").write_bytes(png(20000, 20000, bytes(64)))


def write_photographs(out):
    import numpy
    import skimage.data
    from PIL import Image

    source = Path(skimage.data.__file__).parent
    pictures = [Image.open(source / name) for name in PHOTOS if (source / name).exists()]
    # The upper part of the astronaut is a portrait; each other picture in its own size and shape.
    pictures[0] = pictures[0].crop((100, 0, 380, 280))
    if (source / "lfw_subset.npy").exists():
        faces = numpy.load(source / "lfw_subset.npy")[:FACES]
        pictures += [Image.fromarray((face * 255).astype(numpy.uint8)) for face in faces]
    for number, picture in enumerate(pictures):
        ending = ENDINGS[number % len(ENDINGS)]
        picture = picture.convert("L" if ending == "pgm" else "RGB")
        picture.save(out / f"{number:03d}.{ending}")
    write_broken(out, (out / "000.jpg").read_bytes())
    return len(pictures)


def copy_faces(out, source):
    """PNG files as they are, and what the standard library can write: PGM and a JPEG."""
    count = 0
    for path in sorted(source.glob("*.png")):
        (out / path.name).write_bytes(path.read_bytes())
        count += 1
    for number, (width, height) in enumerate(((40, 30), (25, 25), (200, 120))):
        ramp = bytes((x * 3 + y * 5) % 256 for y in range(height) for x in range(width))
        (out / f"ramp-{number}.pgm").write_bytes(b"P5 %d %d 255\n" % (width, height) + ramp)
    (out / "ramp.jpg").write_bytes(SMALL_JPEG)
    write_broken(out, SMALL_JPEG)
    return count + 4


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--faces", type=Path)
    words = parser.parse_args()
    words.out.mkdir(parents=True)
    print(copy_faces(words.out, words.faces) if words.faces else write_photographs(words.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
