"""The card's barcode as a picture that a mail can carry (DLV-7).

Mails show neither SVG nor pictures from elsewhere, so the bars of python-barcode are written as a small PNG.
"""

import struct
import zlib

import barcode

BAR_WIDTH = 2  # pixels for each module; python-barcode draws a narrow bar with two modules, a wide one with five
HEIGHT = 90
QUIET_ZONE = 20  # modules of white on either side, without which a scanner does not see the first bar


def card_png(card_number: str) -> bytes:
    """Return the NW-7 barcode of a card number, start and stop letter A, as a black and white PNG.

    Raises barcode.errors.BarcodeError for a number that NW-7 cannot hold.
    """
    bars = barcode.get("nw-7", f"A{card_number}A").build()[0]
    modules = "0" * QUIET_ZONE + bars + "0" * QUIET_ZONE
    pixels = [pixel == "1" for pixel in modules for _ in range(BAR_WIDTH)]
    return _png(pixels, HEIGHT)


def _png(row: list[bool], height: int) -> bytes:
    """Write one row of pixels (True: black), repeated `height` times, as a PNG of one bit per pixel."""
    width = len(row)
    packed = bytearray()
    for start in range(0, width, 8):
        eight = [*row[start : start + 8], *[False] * 8][:8]
        packed.append(sum((not is_black) << (7 - place) for place, is_black in enumerate(eight)))
    line = b"\x00" + bytes(packed)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(line * height, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
