"""Reading and writing clips with PyAV, frame by frame, so that memory does not grow with length.

What is written follows from the name: ``.mp4``, ``.mov``, ``.mkv`` H.264; ``.webp`` and ``.gif`` animations that loop;
no suffix: a folder of PNG frames (``0000.png`` ...). H.264 is written in the form that every player opens (yuv420p,
BT.709), which needs even sides: an odd one gets its last row or column repeated, and ``ClipWriter.size_wh`` says so.
Nothing is ever half-written: a temporary name in the same folder is moved into place when the clip is complete.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from .errors import WanMoveError
from .pictures import png_bytes

DEFAULT_FPS = 16.0
H264_SUFFIXES = (".mp4", ".mov", ".mkv")
WRITABLE_SUFFIXES = (*H264_SUFFIXES, ".webp", ".gif", "")
MAX_SIDE = 16384


class ClipWriter:
    """Streams frames to a file: ``with ClipWriter(path, (w, h)) as clip: clip.add(frame)``.

    Args:
        path: where to; its suffix chooses the format (see the module's text).
        size_wh: the frames' size in pixels.
        fps: frames per second.
        quality: 0-100; 85 is visually clean.

    A failure, a Ctrl-C or an empty clip leaves nothing behind, and an existing file as it was.

    Raises: WanMoveError for an unknown suffix, a folder that cannot be written, a full disk or a frame of another size.
    """

    def __init__(
        self, path: str | os.PathLike, size_wh: tuple[int, int], fps: float = DEFAULT_FPS, quality: int = 85
    ) -> None:
        self.path = Path(path)
        self.source_wh = (int(size_wh[0]), int(size_wh[1]))
        self.fps = check_fps(fps)
        self.quality = min(100, max(0, int(quality)))
        self.frames = 0
        require_writable_clip(self.path)
        if not all(1 <= side <= MAX_SIDE for side in self.source_wh):
            raise WanMoveError(
                where=str(self.path), what=f"frames of {_wh(self.source_wh)}", fix=f"use sides of 1 to {MAX_SIDE} px"
            )
        self._h264 = self.path.suffix.lower() in H264_SUFFIXES
        self._waiting = self.path.with_name(f".{self.path.stem}.{os.getpid()}.part{self.path.suffix.lower()}")
        self._container: Any = None
        self._stream: Any = None
        self._palette: Any = None
        self._made: list[Path] = []

    @property
    def size_wh(self) -> tuple[int, int]:
        """The size as written: even sides for H.264."""
        w, h = self.source_wh
        return (w + w % 2, h + h % 2) if self._h264 else (w, h)

    def __enter__(self) -> ClipWriter:
        self._made = missing_folders(self.path)
        with _told_errors(self.path, self._discard):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.suffix:
                self._waiting.mkdir()
            elif self._h264:
                self._open_h264()
            else:
                self._open_animation()
        return self

    def add(self, frame: np.ndarray) -> None:
        """Append one frame: uint8 [H, W, 3] RGB (or [H, W, 4], whose transparency only PNG frames keep)."""
        w, h = self.source_wh
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[:2] != (h, w) or frame.shape[2] not in (3, 4):
            raise WanMoveError(
                where=str(self.path),
                what=f"frame {self.frames} is {frame.dtype} {list(frame.shape)}, expected uint8 [{h}, {w}, 3]",
                fix="give every frame the clip's size",
            )
        with _told_errors(self.path, self._discard):
            if not self.path.suffix:
                (self._waiting / f"{self.frames:04d}.png").write_bytes(png_bytes(frame))
            else:
                self._encode(frame)
        self.frames += 1

    def __exit__(self, kind, error, trace) -> None:
        if kind is not None:
            self._discard()
            return
        if self.frames == 0:
            self._discard()
            raise WanMoveError(where=str(self.path), what="there is no frame to write", fix="give at least one frame")
        with _told_errors(self.path, self._discard):
            self._close()
            if not self.path.suffix:
                _replace_frames(self._waiting, self.path)
            else:
                self._waiting.replace(self.path)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _open_h264(self) -> None:
        import av

        # The index in front lets a browser play before it has the whole file.
        options = {} if self.path.suffix.lower() == ".mkv" else {"movflags": "+faststart"}
        self._container = av.open(str(self._waiting), "w", options=options)
        stream: Any = self._container.add_stream("libx264", rate=_fraction(self.fps))
        stream.width, stream.height = self.size_wh
        stream.pix_fmt = "yuv420p"
        # 85 is crf 16, no visible loss in a draft or an overlay; 0 to 100 spans 35 down to 13.
        # With its macroblock tree, x264 now and then gives the same frames other bytes: a repeated run must not differ.
        stream.options = {"crf": str(round(35 - 0.22 * self.quality)), "preset": "veryfast", "mbtree": "0"}
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT709
        context.color_range = LIMITED_RANGE
        self._stream = stream

    def _open_animation(self) -> None:
        import av

        gif = self.path.suffix.lower() == ".gif"
        self._container = av.open(str(self._waiting), "w", options={"loop": "0"})
        stream: Any = self._container.add_stream("gif" if gif else "libwebp_anim", rate=_fraction(self.fps))
        stream.width, stream.height = self.size_wh
        stream.pix_fmt = "pal8" if gif else "bgra"
        if gif:
            self._palette = _palette_graph(self.size_wh, self.fps)
            # Every frame has its own colours, and the encoder tells what is unchanged by their numbers alone.
            stream.options = {"gifflags": "-offsetting-transdiff"}
        else:
            stream.options = {"quality": str(self.quality), "compression_level": "3"}
        self._stream = stream

    def _encode(self, frame: np.ndarray) -> None:
        import av

        frame = frame[..., :3]
        if self._h264 and self.size_wh != self.source_wh:
            (w, h), (even_w, even_h) = self.source_wh, self.size_wh
            frame = np.pad(frame, ((0, even_h - h), (0, even_w - w), (0, 0)), mode="edge")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
        if self._h264:
            picture = picture.reformat(format="yuv420p", dst_colorspace=BT709, dst_color_range=LIMITED_RANGE)
        picture.pts, picture.time_base = self.frames, 1 / _fraction(self.fps)
        if self._palette is None:
            self._container.mux(self._stream.encode(picture))
            return
        self._palette.push(picture)
        self._container.mux(self._stream.encode(self._palette.pull()))

    def _close(self) -> None:
        if self._container is not None:
            self._container.mux(self._stream.encode())
            self._container.close()
            self._container = None

    def _discard(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            with suppress(
                Exception
            ):  # closing writes the trailer of a clip that is thrown away: its failure says nothing
                container.close()
        if self._waiting.is_dir():
            shutil.rmtree(self._waiting, ignore_errors=True)
        else:
            with suppress(OSError):  # it may never have come to be
                self._waiting.unlink()
        drop_empty(self._made)


def missing_folders(path: str | os.PathLike) -> list[Path]:
    """The folders that would have to be made before a file at ``path`` can be, the innermost first."""
    parents = Path(path).absolute().parents
    return [parent for parent in parents if not parent.exists()]


def drop_empty(folders: Iterable[Path]) -> None:
    """Remove those of ``folders`` (innermost first) that are empty."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def made_folder(path: str | os.PathLike) -> Iterator[None]:
    """The folder of the file ``path`` exists inside the block; what was made for it and stays empty goes again."""
    made = missing_folders(path)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        drop_empty(made)


def write_clip(
    path: str | os.PathLike, frames: Iterable[np.ndarray], fps: float = DEFAULT_FPS, quality: int = 85
) -> ClipWriter:
    """Write all ``frames`` (uint8 [H, W, 3 or 4]); the closed writer, which knows how many there were."""
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise WanMoveError(where=str(path), what="there is no frame to write", fix="give at least one frame")
    with ClipWriter(path, (first.shape[1], first.shape[0]), fps, quality) as clip:
        clip.add(first)
        for frame in rest:
            clip.add(frame)
    return clip


@dataclass(frozen=True)
class ClipInfo:
    """What a clip is. ``frames`` is None where the file does not say."""

    size_wh: tuple[int, int]
    fps: float
    frames: int | None


def probe_clip(path: str | os.PathLike) -> ClipInfo:
    """Size (as shown: a phone's rotation applied), frames per second and number of frames of a video file."""
    with _opened(path) as (container, stream):
        first = next(_decoded(container, stream), None)
        if first is None:
            raise _unreadable(path, "no frame can be decoded")
        fps = float(stream.average_rate or stream.guessed_rate or DEFAULT_FPS)
        return ClipInfo((first.shape[1], first.shape[0]), fps, int(stream.frames) or None)


def read_clip(
    path: str | os.PathLike,
    max_frames: int | None = None,
    every: int = 1,
    on_short: Callable[[int, int], None] | None = None,
) -> Iterator[np.ndarray]:
    """uint8 [H, W, 3] RGB frames of a video file, one at a time; every ``every``-th, at most ``max_frames``.

    ``on_short(decoded, announced)`` is called after the last frame of a file that announces more of them than can be
    decoded: it is damaged, or still being written.

    Raises: WanMoveError when the file is missing, damaged or has no video.
    """
    import av

    if max_frames is not None and max_frames < 1:
        return
    with _opened(path) as (container, stream):
        given = decoded = 0
        try:
            for frame in _decoded(container, stream):
                decoded += 1
                if (decoded - 1) % every:
                    continue
                yield frame
                given += 1
                if given == max_frames:
                    return
        except av.InvalidDataError:
            if on_short is None or not 0 < decoded < int(stream.frames or 0):
                raise  # a packet cut in two: PyAV 18 goes on without its frame, before that it was an error
        if given == 0:
            raise _unreadable(path, "no frame can be decoded")
        if on_short is not None and decoded < int(stream.frames or 0):
            on_short(decoded, int(stream.frames))


def check_fps(fps: float) -> float:
    if not (isinstance(fps, (int, float)) and math.isfinite(fps) and 0.1 <= fps <= 1000):
        raise WanMoveError(where="Clip / fps", what=f"{fps} frames per second", fix="use 0.1 to 1000, normally 16")
    return float(fps)


def require_writable_clip(path: str | os.PathLike, *, folders: bool = True) -> None:
    """Raise unless a clip may be written at ``path``: for asking before long work. ``folders``: of frames, as well."""
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in WRITABLE_SUFFIXES:
        fix = f"end the name in {', '.join(s for s in WRITABLE_SUFFIXES if s)}"
        fix += ", or leave the ending out for a folder of PNG frames" if folders else ""
        raise WanMoveError(where=str(path), what=f"clips of kind {target.suffix!r} cannot be written", fix=fix)
    if suffix and target.is_dir():
        raise WanMoveError(where=str(path), what="is a folder", fix="give a file's name")
    if not suffix and target.exists() and not (target.is_dir() and all(_is_our_frame(p) for p in target.iterdir())):
        raise WanMoveError(
            where=str(path), what="exists and is not a folder of numbered PNG frames", fix="choose a new folder's name"
        )
    folder = next(parent for parent in target.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise WanMoveError(where=str(path), what=f"the folder {folder} cannot be written", fix="choose another folder")


# BT.709 and limited range, by their numbers in FFmpeg: what players assume, said in the file so that none has to guess.
BT709 = 1
LIMITED_RANGE = 1


def _palette_graph(size_wh: tuple[int, int], fps: float) -> Any:
    """A filter giving every frame its own 256 colours: a fixed palette bands skies."""
    import av.filter

    graph: Any = av.filter.Graph()
    source = graph.add_buffer(width=size_wh[0], height=size_wh[1], format="rgb24", time_base=1 / _fraction(fps))
    split = graph.add("split")
    colours = graph.add("palettegen", "stats_mode=single")
    use = graph.add("paletteuse", "new=1:dither=bayer:bayer_scale=4")
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(colours, 1, 0)
    colours.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    return graph


@contextmanager
def _opened(path: str | os.PathLike) -> Iterator[tuple[Any, Any]]:
    import av

    if not Path(path).is_file():
        raise WanMoveError(where=str(path), what="there is no such file", fix="check the video's path")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise _unreadable(path, "it has no video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except (av.FFmpegError, OSError) as error:
        raise _unreadable(path, error.strerror or str(error)) from error


def _decoded(container: Any, stream: Any) -> Iterator[np.ndarray]:
    for frame in container.decode(stream):
        picture = frame.to_ndarray(format="rgb24")
        # Phones store how they were held; players turn the picture, counter-clockwise for a positive angle.
        turns = round((frame.rotation or 0) / 90) % 4
        yield np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture


def _unreadable(path: str | os.PathLike, why: str) -> WanMoveError:
    fix = "save it as an H.264 mp4 and try again"
    return WanMoveError(where=str(path), what=f"not a video that can be read ({why})", fix=fix)


@contextmanager
def _told_errors(path: Path, discard: Callable[[], None]) -> Iterator[None]:
    """Encoder and file errors, told as one; what was written so far is removed whatever happens."""
    import av

    try:
        yield
    except (av.FFmpegError, OSError) as error:
        discard()
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
        raise WanMoveError(
            where=str(path),
            what="the disk is full" if full else f"the clip cannot be written ({error.strerror or error})",
            fix="free some space or choose another folder" if full else "choose another folder or format",
        ) from error
    except BaseException:
        discard()
        raise


def _replace_frames(waiting: Path, folder: Path) -> None:
    if folder.is_dir():
        shutil.rmtree(folder)  # only ever a folder of numbered frames: require_writable_clip looked
    waiting.replace(folder)


def _is_our_frame(path: Path) -> bool:
    return path.suffix == ".png" and path.stem.isdigit()


def _fraction(fps: float) -> Fraction:
    return Fraction(fps).limit_denominator(1001)


def _wh(size_wh: tuple[int, int]) -> str:
    return f"{size_wh[0]}x{size_wh[1]}"
