"""What a picture's file says of itself before anything is decoded, and whether it may be: the one place that decides.

Every door to a picture, mask or depth map asks here (pictures, plane_files, the editor's page). A file whose size
cannot be read from its header is not opened at all. Layouts: PNG (W3C), JPEG (ITU T.81 B.1), BMP (Microsoft), GIF89a,
WebP (RFC 9649), TIFF 6.0 and BigTIFF, AVIF (ISO 14496-12, 23008-12), Netpbm and PFM.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .errors import WanMoveError

MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 256 * 1024 * 1024
MAX_MEMORY_BYTES = 512 * 1024 * 1024
"""The file and what a decoder makes of it, together."""
MAX_PARTS = 10_000
"""Segments, directory entries or boxes looked at before a size must have been found."""
READABLE = "JPEG, PNG, WebP, TIFF or BMP"
MAX_CHUNKS = 200_000
"""Of a PNG, whose picture comes in pieces of some kilobytes."""
UNREADABLE = "not a picture that can be read, or damaged"


@dataclass(frozen=True)
class PictureHeader:
    """As stored: (width, height) in pixels before any turning, channels a decoder makes, bits of each.

    ``extra_bytes``: what a decoder holds beside the picture (the coefficients of a progressive JPEG).
    """

    kind: str
    size_wh: tuple[int, int]
    channels: int = 4
    bits: int = 8
    extra_bytes: int = 0

    @property
    def decoded_bytes(self) -> int:
        return self.size_wh[0] * self.size_wh[1] * self.channels * ((self.bits + 7) // 8) + self.extra_bytes

    @property
    def may_have_alpha(self) -> bool:
        return self.channels in (2, 4)


def require_decodable(data: bytes, where: str, unreadable: str = UNREADABLE) -> PictureHeader:
    """The header of a whole file, judged; ``unreadable`` is said of what is none that we know.

    Raises: WanMoveError when it is no picture we know, does not say its size, or would be too large in memory.
    """
    header = header_of(data)
    if header is None:
        raise WanMoveError(where=where, what=unreadable, fix=f"save it as {READABLE}")
    require_bearable(header, len(data), where)
    return header


def require_bearable(header: PictureHeader, file_bytes: int, where: str) -> None:
    """Raise: WanMoveError where a picture of this header, from a file of so many bytes, may not be decoded."""
    width, height = header.size_wh
    if width < 1 or height < 1:
        raise WanMoveError(where=where, what=f"its {header.kind} header says {width}x{height}", fix="save it again")
    if width * height > MAX_PIXELS:
        raise too_large(where, header.size_wh)
    needed = file_bytes + header.decoded_bytes
    if needed > MAX_MEMORY_BYTES:
        raise WanMoveError(
            where=where,
            what=f"{width}x{height} with {header.channels} channels of {header.bits} bits takes {needed >> 20} MB to "
            f"open, at most {MAX_MEMORY_BYTES >> 20} MB",
            fix="scale it down, or save it with 8 bits",
        )


def too_large(where: str, size_wh: tuple[int, int]) -> WanMoveError:
    return WanMoveError(
        where=where,
        what=f"{size_wh[0]}x{size_wh[1]} is more than {MAX_PIXELS // 10**6} megapixels",
        fix="scale the picture down first",
    )


def header_of(data: bytes) -> PictureHeader | None:
    """What the file says of itself; None where it is no picture we know, or does not say its size."""
    for start, read in _READERS:
        if start.match(data):
            try:
                return read(data)
            except (struct.error, IndexError, ValueError):
                return None
    return None


def _png(data: bytes) -> PictureHeader:
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    if data[12:16] != b"IHDR":
        raise ValueError
    at = 8
    for _ in range(MAX_CHUNKS):
        # A decoder makes room for a chunk as long as it says, before it finds that the file is shorter.
        if at + 12 > len(data):
            break
        (length,) = struct.unpack_from(">I", data, at)
        if length > len(data) - at - 12:
            raise ValueError
        at += 12 + length
    else:
        raise ValueError
    # A palette may carry transparency further on; grey with alpha is decoded to four channels.
    channels = {0: 1, 2: 3, 3: 4, 4: 4, 6: 4}[colour] if colour in (0, 2, 3, 4, 6) else 4
    if channels < 4 and b"tRNS" in data[:65536]:
        channels = 4
    return PictureHeader("PNG", (width, height), channels, max(bits, 8))


_JPEG_MARKER = re.compile(rb"\xff+([^\x00\xff])")


def _jpeg(data: bytes) -> PictureHeader | None:
    at = 2
    for _ in range(MAX_PARTS):
        # As the decoders do: whatever stands before a marker is skipped, and any number of fill bytes.
        found = _JPEG_MARKER.search(data, at)
        if found is None:
            return None
        marker, at = found[1][0], found.end()
        if marker in (0xD9, 0xDA):
            return None
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            continue
        (length,) = struct.unpack_from(">H", data, at)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            bits, height, width, components = struct.unpack_from(">BHHB", data, at + 2)
            progressive = marker in (0xC2, 0xC6, 0xCA, 0xCE)
            held = width * height * components * 2 if progressive else 0
            return PictureHeader("JPEG", (width, height), 1 if components == 1 else 3, bits, held)
        at += max(length, 2)
    return None


def _bmp(data: bytes) -> PictureHeader:
    (head,) = struct.unpack_from("<I", data, 14)
    if head == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
    return PictureHeader("BMP", (abs(width), abs(height)), 4 if bits in (16, 32) else 3)


def _gif(data: bytes) -> PictureHeader:
    return PictureHeader("GIF", struct.unpack_from("<HH", data, 6))


def _webp(data: bytes) -> PictureHeader | None:
    """The canvas and the picture within it, whichever is larger: an extended file names both."""
    at, sides, channels = 12, (0, 0), 3
    for _ in range(MAX_PARTS):
        if at + 18 > len(data):
            break
        name, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        body = at + 8
        if name == b"VP8X":
            found = (
                1 + int.from_bytes(data[body + 4 : body + 7], "little"),
                1 + int.from_bytes(data[body + 7 : body + 10], "little"),
            )
            channels = 4
        elif name == b"VP8 ":
            found = tuple(side & 0x3FFF for side in struct.unpack_from("<HH", data, body + 6))
        elif name == b"VP8L":
            (packed,) = struct.unpack_from("<I", data, body + 1)
            found, channels = (1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)), 4
        else:
            found = (0, 0)
        sides = max(sides[0], found[0]), max(sides[1], found[1])
        if name in (b"VP8 ", b"VP8L", b"ANIM", b"ANMF"):
            break
        at = body + length + length % 2
    return PictureHeader("WebP", sides, channels) if all(sides) else None


_TIFF_TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}


def _tiff(data: bytes) -> PictureHeader | None:
    order = "<" if data[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", data, 2)[0] == 43
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), data, at)
    at, step, inline = at + (8 if big else 2), 20 if big else 12, 8 if big else 4
    if count > MAX_PARTS:
        return None
    found: dict[int, int] = {}
    for entry in range(at, at + count * step, step):
        tag, kind = struct.unpack_from(order + "HH", data, entry)
        (many,) = struct.unpack_from(order + ("Q" if big else "I"), data, entry + 4)
        code = _TIFF_TYPES.get(kind)
        if tag not in (256, 257, 258, 262, 277, 322, 323) or code is None or many < 1:
            continue
        place = entry + (12 if big else 8)
        if many * struct.calcsize(code) > inline:
            (place,) = struct.unpack_from(order + ("Q" if big else "I"), data, place)
        # A tag that stands twice counts with its larger value: readers differ in which they take.
        found[tag] = max(found.get(tag, 0), struct.unpack_from(order + code, data, place)[0])
    if 256 not in found or 257 not in found:
        return None
    width, height, samples = found[256], found[257], max(found.get(277, 1), 1)
    palette = found.get(262) == 3
    channels = 3 if samples == 3 or palette else 1 if samples == 1 else max(samples, 4)
    bits = max(found.get(258, 1), 8)
    tile = found.get(322, 0) * found.get(323, 0) * channels * ((bits + 7) // 8)
    return PictureHeader("TIFF", (width, height), channels, bits, tile)


_BOXES = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"stbl": 0, b"stsd": 8}
"""Boxes of an AVIF that hold others, and how far their first one lies inside."""


def _avif(data: bytes) -> PictureHeader | None:
    """The largest picture that any property or track names; a grid and its tiles each have one."""
    sides, bits = [(0, 0)], [8]
    for name, body in _boxes(data):
        if name == b"ispe":
            sides.append(struct.unpack_from(">II", data, body + 4))
        elif name == b"pixi" and data[body + 4]:
            bits.append(max(data[body + 5 : body + 5 + data[body + 4]]))
        elif name == b"av01":
            sides.append(struct.unpack_from(">HH", data, body + 24))
    widest = max(sides, key=lambda side: side[0] * side[1])
    # A decoder makes planes of colour first, then the picture.
    planes = widest[0] * widest[1] * 3 * (2 if max(bits) > 8 else 1)
    return PictureHeader("AVIF", widest, 4, max(bits), planes) if all(widest) else None


def _boxes(data: bytes) -> Iterator[tuple[bytes, int]]:
    """(name, place of the body) of boxes and of those inside the ones of _BOXES."""
    waiting = [(0, len(data))]
    for _ in range(MAX_PARTS):
        if not waiting:
            return
        at, end = waiting.pop()
        if at + 8 > end:
            continue
        (size,), name, body = struct.unpack_from(">I", data, at), data[at + 4 : at + 8], at + 8
        if size == 1:
            (size,), body = struct.unpack_from(">Q", data, at + 8), at + 16
        stop = end if size == 0 else at + size
        if stop < body or stop > end:
            raise ValueError
        waiting.append((stop, end))
        yield name, body
        if name in _BOXES:
            waiting.append((body + _BOXES[name], stop))


_NETPBM = re.compile(rb"P([1-6fF])((?:\s|#[^\n]*\n){1,99})(\d{1,9})((?:\s|#[^\n]*\n){1,99})(\d{1,9})\s")


def _netpbm(data: bytes) -> PictureHeader | None:
    found = _NETPBM.match(data[:65536])
    if found is None:
        return None
    kind = found[1].decode()
    return PictureHeader(
        "PFM" if kind in "fF" else "Netpbm",
        (int(found[3]), int(found[5])),
        3 if kind in "36F" else 1,
        32 if kind in "fF" else 16,
    )


_READERS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], PictureHeader | None]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    (re.compile(rb"\xff\xd8"), _jpeg),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
    (re.compile(rb"II[*+]\x00|MM\x00[*+]"), _tiff),
    (re.compile(rb"....ftyp(?:avif|avis|mif1|msf1|miaf)", re.DOTALL), _avif),
    (re.compile(rb"BM"), _bmp),
    (re.compile(rb"P[1-6fF]\s"), _netpbm),
)
