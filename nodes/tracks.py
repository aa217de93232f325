"""Nodes that read, write and change TRACKS."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.geometry import is_video_length, nearest_lengths
from ..wan_move_core.hosts.comfy.files import names as files
from ..wan_move_core.hosts.comfy.looking.clips import look_at_tracks
from ..wan_move_core.hosts.comfy.tracks import sockets as tracks_io
from .host_api import Tracks, output, schema, string_input, widget

MAX_FRAMES = 4001
MAX_SIDE = 16384
NO_FILE = "none"
SAVE_FORMATS = (
    "npy", "coordinates", "document", "host", "wan2gp", "wan2gp_npy", "points_store", "strokes", "ati",
    "after_effects", "csv", "nuke_ascii", "equalizer", "pftrack", "shake", "syntheyes", "svg",
)  # fmt: skip


def length_error(where: str, length: int | None) -> bool | str:
    """What validate_inputs answers: True where ``length`` is a video's, unknown yet, or 0 for any."""
    if length and (length > MAX_FRAMES or not is_video_length(length)):
        below, above = nearest_lengths(min(length, MAX_FRAMES))
        return f"{where} / length: {length} frames; lengths are 4k+1. Fix: use {below} or {above}."
    return True


def _reading_inputs() -> list:
    return [
        widget(
            io.Int, "width", default=0, min=0, max=MAX_SIDE,
            tooltip="Width in pixels of the picture that the tracks belong to. 0: as the file says.",
        ),
        widget(
            io.Int, "height", default=0, min=0, max=MAX_SIDE,
            tooltip="Height in pixels of the picture that the tracks belong to. 0: as the file says.",
        ),
        widget(
            io.Int, "length", default=0, min=0, max=MAX_FRAMES,
            tooltip="Frames of the video: every track is retimed to it. 0: as many as the file has.",
        ),
        widget(
            io.Combo, "unit", options=list(tracks_io.UNITS), default="auto", advanced=True,
            tooltip="What the numbers are: px pixels, norm 0 to 1 of the picture; auto judges, and the report tells.",
        ),
        widget(
            io.Combo, "axes", options=list(tracks_io.AXES), default="auto", optional=True, advanced=True,
            tooltip="Order of an array or of nested lists: tracks first or frames first; auto judges, and the report "
            "tells.",
        ),
        widget(
            io.Combo, "y_origin", options=list(tracks_io.Y_ORIGINS), default="auto", optional=True, advanced=True,
            tooltip="Where y is counted from: top or bottom of the picture; auto takes the format's own rule (Nuke and "
            "match-movers count from the bottom).",
        ),
    ]  # fmt: skip


def _reading_outputs() -> list:
    return [
        output(Tracks, "tracks", "The tracks, for Guide, the editor or ComfyUI's own track nodes."),
        output(io.Int, "length", "Their number of frames, for the length of the video."),
        output(io.String, "report", "What was recognised, assumed, clamped, resampled or left out."),
    ]


def _shown(tracks: dict, report: str) -> io.NodeOutput:
    ui = {"images": [look_at_tracks(tracks)], "animated": (True,), "text": (report,)}
    return io.NodeOutput(tracks, int(tracks["track_path"].shape[0]), report, ui=ui)


class WanMoveLoadTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        names = files.list_track_files()
        return schema(
            node_id="WanMoveLoadTracks",
            display_name="Load Tracks (Wan-Move)",
            description="Reads trajectories from a file in ComfyUI's input or output folder, in any format in use.",
            search_aliases=["load trajectory", "npy", "tracks file", "motion file", "import tracks"],
            inputs=[
                widget(
                    io.Combo, "file", options=names,
                    tooltip="The file, recognised by its content: arrays (.npy, .npz, .safetensors, .pth), JSON, CSV, "
                    "After Effects keyframes, Nuke, 3DEqualizer, SynthEyes, Shake, SVG paths.",
                ),
                widget(
                    io.Combo, "visibility", options=[NO_FILE, *names], default=NO_FILE,
                    tooltip="The visibility file of a published npy pair; none: every point is visible.",
                ),
                *_reading_inputs(),
            ],
            outputs=_reading_outputs(),
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, file: str | None = None, visibility: str | None = None) -> bool | str:
        # Named here, the two are not held to the list the page was loaded with: a new file need not be refreshed for.
        for name in (file, visibility):
            if name and name != NO_FILE:
                try:
                    files.readable_path(name, "Load tracks")
                except ValueError as error:
                    return str(error)
        return True

    @classmethod
    def fingerprint_inputs(cls, file: str, visibility: str = NO_FILE, **_: object) -> str:
        stamps = []
        for name in (file, visibility):
            if name and name != NO_FILE:
                stat = files.readable_path(name, "Load tracks").stat()
                stamps.append(f"{name}:{stat.st_size}:{stat.st_mtime_ns}")
        return "|".join(stamps)

    @classmethod
    def execute(
        cls, file: str, visibility: str, width: int, height: int, length: int, unit: str, axes: str = "auto",
        y_origin: str = "auto",
    ) -> io.NodeOutput:  # fmt: skip
        beside = "" if visibility == NO_FILE else visibility
        return _shown(*tracks_io.load(file, beside, width, height, length, unit, axes, y_origin))


class WanMoveParseTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveParseTracks",
            display_name="Parse Tracks (Wan-Move)",
            description="Turns coordinates, as spline editors, trackers and compositors write them, into tracks.",
            search_aliases=["coordinates", "coord_str", "spline editor", "json tracks", "tracks from coords"],
            inputs=[
                string_input(
                    "text", multiline=True, default="",
                    tooltip='Coordinates of any format in use, such as [[{"x":100,"y":201}, ...], ...] or CSV: paste '
                    "or connect them; a list of texts is as many tracks as they hold together.",
                ),
                *_reading_inputs(),
            ],
            outputs=_reading_outputs(),
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, text: str | None = None) -> bool | str:
        if isinstance(text, str) and not text.strip():
            return "Parse tracks / text: it is empty. Fix: paste coordinate JSON, or connect a node that gives it."
        return True

    @classmethod
    def execute(
        cls, text: str, width: int, height: int, length: int, unit: str, axes: str = "auto", y_origin: str = "auto"
    ) -> io.NodeOutput:  # fmt: skip
        return _shown(*tracks_io.parse(text, width, height, length, unit, axes, y_origin))


class WanMoveSaveTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveSaveTracks",
            display_name="Save Tracks (Wan-Move)",
            description="Writes tracks into ComfyUI's output folder, for other tools or to load again.",
            search_aliases=["export tracks", "save trajectory", "npy"],
            is_output_node=True,
            inputs=[
                Tracks.Input("tracks", tooltip="The tracks to write."),
                string_input(
                    "filename_prefix", default="wan_move/tracks",
                    tooltip="Name, and folders under output; a number is added.",
                ),
                widget(
                    io.Combo, "format", options=list(SAVE_FORMATS), default="npy",
                    tooltip="npy: the published pair of positions and visibility. coordinates: JSON that most tools "
                    "read. document: the motion editor's own. csv: a table. The others are named after the tools that "
                    "read them.",
                ),
                widget(
                    io.Float, "fps", default=16.0, min=1.0, max=240.0, step=1.0, advanced=True,
                    tooltip="Frames per second, written into the formats that carry it.",
                ),
            ],
            outputs=[output(Tracks, "tracks", "The same tracks, passed on.")],
        )  # fmt: skip

    @classmethod
    def execute(cls, tracks: dict, filename_prefix: str, format: str, fps: float) -> io.NodeOutput:
        written, said = tracks_io.save(tracks, filename_prefix, format, fps)
        return io.NodeOutput(tracks, ui={"text": (said,), "files": written})


class WanMoveMergeTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        more = "More tracks of the same length, in front of those before: they win a cell that both pass."
        return schema(
            node_id="WanMoveMergeTracks",
            display_name="Merge Tracks (Wan-Move)",
            description="Puts several sets of tracks together, in order; the last is in front.",
            search_aliases=["concat tracks", "combine trajectories", "join tracks"],
            inputs=[
                Tracks.Input("tracks_1", tooltip="Tracks at the back."),
                Tracks.Input("tracks_2", tooltip=more),
                Tracks.Input("tracks_3", optional=True, tooltip=more),
                Tracks.Input("tracks_4", optional=True, tooltip=more),
            ],
            outputs=[output(Tracks, "tracks", "All tracks in order.")],
        )

    @classmethod
    def execute(
        cls, tracks_1: dict, tracks_2: dict, tracks_3: dict | None = None, tracks_4: dict | None = None
    ) -> io.NodeOutput:  # fmt: skip
        return io.NodeOutput(tracks_io.merge([t for t in (tracks_1, tracks_2, tracks_3, tracks_4) if t is not None]))


class WanMoveEditTracks(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        def number(id: str, default: float, low: float, high: float, step: float, tooltip: str):
            return widget(io.Float, id, default=default, min=low, max=high, step=step, tooltip=tooltip)

        def whole(id: str, default: int, low: int, tooltip: str):
            return widget(io.Int, id, default=default, min=low, max=MAX_FRAMES, tooltip=tooltip)

        return schema(
            node_id="WanMoveEditTracks",
            display_name="Edit Tracks (Wan-Move)",
            description="Selects, trims, retimes, moves, scales, turns, mirrors or hides tracks, in that order.",
            search_aliases=["retime", "transform tracks", "mirror", "trim tracks", "shift trajectory", "visibility"],
            inputs=[
                Tracks.Input("tracks", tooltip="The tracks to change; they are left as they are."),
                string_input("select", default="", tooltip='Tracks to keep, counted from 1: "1, 3-5". Nothing: all.'),
                whole("trim_start", 0, 0, "First frame to keep."),
                whole("trim_end", -1, -1, "Last frame to keep. -1: to the end."),
                whole("length", 0, 0, "Retime to this many frames: the same motion, faster or slower. 0: leave."),
                number("offset_x", 0.0, -MAX_SIDE, MAX_SIDE, 1.0, "Move right by so many pixels (negative: left)."),
                number("offset_y", 0.0, -MAX_SIDE, MAX_SIDE, 1.0, "Move down by so many pixels (negative: up)."),
                number("scale_x", 1.0, 0.0, 100.0, 0.01, "Scale sideways about the pivot."),
                number("scale_y", 1.0, 0.0, 100.0, 0.01, "Scale up and down about the pivot."),
                number("rotate", 0.0, -3600.0, 3600.0, 1.0, "Turn about the pivot, in degrees, clockwise on screen."),
                widget(
                    io.Combo, "mirror", options=list(tracks_io.MIRRORS), default="none",
                    tooltip="Mirror about the pivot: x left and right, y up and down.",
                ),
                widget(
                    io.Combo, "pivot", options=list(tracks_io.PIVOTS), default="picture",
                    tooltip="What stays in place: the picture's centre, or the middle of the tracks' first positions.",
                ),
                widget(
                    io.Boolean, "show_all", default=False, tooltip="Make every point visible, before the range below."
                ),
                whole("visible_from", 0, 0, "Hide every point before this frame."),
                whole("visible_to", -1, -1, "Hide every point after this frame. -1: none."),
            ],
            outputs=[
                output(Tracks, "tracks", "The changed tracks."),
                output(io.Int, "length", "Their number of frames."),
            ],
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, length: int | None = None) -> bool | str:
        return length_error("Edit tracks", length)

    @classmethod
    def execute(cls, tracks: dict, **change: object) -> io.NodeOutput:
        edited = tracks_io.edit(tracks, tracks_io.Edit(**change))  # type: ignore[arg-type]
        ui = {"images": [look_at_tracks(edited)], "animated": (True,)}
        return io.NodeOutput(edited, int(edited["track_path"].shape[0]), ui=ui)


NODES = [WanMoveLoadTracks, WanMoveParseTracks, WanMoveSaveTracks, WanMoveMergeTracks, WanMoveEditTracks]
