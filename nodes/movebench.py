"""Nodes that measure: cases of MoveBench, scores of a result, and how closely a clip follows its tracks."""

from __future__ import annotations

from comfy_api.latest import io

from ..wan_move_core.hosts.comfy.movebench import cases as bench_io
from ..wan_move_core.movebench.dataset import LANGUAGES, SPLITS
from .host_api import Tracks, WanMoveImage, output, schema, widget


def _on_cut_input():
    return widget(
        io.Combo, "on_cut", options=list(bench_io.ON_CUT), default=bench_io.ON_CUT[0], optional=True, advanced=True,
        tooltip="At a scene cut. stop: points count as lost from there on. go on: "
        "they follow what they then stand on.",
    )  # fmt: skip


def _tracker_inputs() -> list:
    return [
        widget(
            io.Combo, "tracker", options=list(bench_io.TRACKERS), default="dense",
            tooltip="What follows the points. dense and lucas-kanade are built in; the others need their package and "
            "weights.",
        ),
        widget(
            io.Combo, "weights", options=bench_io.tracker_weights(), default=bench_io.NO_WEIGHTS, advanced=True,
            tooltip="Of cotracker or tapir, from models/point_trackers. The built-in trackers need none.",
        ),
    ]  # fmt: skip


def _fitted_input():
    return WanMoveImage.Input(
        "wanmove_image", optional=True,
        tooltip="From Encode Image, when the tracks were made on the whole picture: they are moved as it was.",
    )  # fmt: skip


class WanMoveBenchCase(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveBenchCase",
            display_name="MoveBench Case (Wan-Move)",
            description="One clip of the MoveBench benchmark: its picture, caption, tracks and reference video.",
            search_aliases=["movebench", "benchmark", "dataset", "test case", "evaluation"],
            inputs=[
                widget(
                    io.Combo, "dataset", options=list(bench_io.datasets()) or [bench_io.NO_DATASET],
                    tooltip="A MoveBench folder in ComfyUI's input folder or in models/movebench. R looks again.",
                ),
                widget(
                    io.Combo, "split", options=list(SPLITS), default="single",
                    tooltip="single: one moving object. multi: several.",
                ),
                widget(io.Combo, "language", options=list(LANGUAGES), default="en", tooltip="Of the caption."),
                widget(
                    io.Int, "index", default=0, min=0, max=99999, control_after_generate=True,
                    tooltip="Place in the list, from 0. The published seed of a clip is a base seed plus this number.",
                ),
            ],
            outputs=[
                output(io.Image, "picture", "The first frame, in its own size: the size of the benchmark's videos."),
                output(io.String, "prompt", "The caption, to be used as it is: no prompt extension."),
                output(Tracks, "tracks", "The tracks, in the picture's pixels."),
                output(io.Image, "reference", "The real clip, to score against."),
                output(io.Int, "length", "Frames of the tracks: the length to generate."),
                output(io.String, "id", "The clip's name, for the file of the result."),
            ],
        )  # fmt: skip

    @classmethod
    def validate_inputs(cls, dataset: str | None = None) -> bool | str:
        # Named here, it is not held to the list that the page was loaded with.
        return True

    @classmethod
    def fingerprint_inputs(cls, dataset: str, split: str, language: str, index: int) -> str:
        return bench_io.stamp(dataset, split, language, index)

    @classmethod
    def execute(cls, dataset: str, split: str, language: str, index: int) -> io.NodeOutput:
        made = bench_io.case(dataset, split, language, index)
        return io.NodeOutput(
            made.picture, made.prompt, made.tracks, made.reference, made.length, made.id,
            ui={"images": [made.preview], "animated": (True,), "text": (made.told,)},
        )  # fmt: skip


class WanMoveBenchScore(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveBenchScore",
            display_name="MoveBench Score (Wan-Move)",
            description="PSNR, SSIM, LPIPS, CLIP-I and end-point error of a clip, by this pack's own scoring.",
            search_aliases=["psnr", "ssim", "lpips", "clip-i", "epe", "movebench", "evaluate", "metric", "compare"],
            is_output_node=True,
            inputs=[
                io.Image.Input("images", tooltip="The generated frames."),
                io.Image.Input("reference", optional=True, tooltip="The real clip, for PSNR, SSIM, LPIPS and CLIP-I."),
                Tracks.Input("tracks", optional=True, tooltip="What was asked for, for the end-point error."),
                _fitted_input(),
                *_tracker_inputs(),
                widget(
                    io.Combo, "lpips_weights", options=bench_io.lpips_files(), default=bench_io.NO_WEIGHTS,
                    optional=True, advanced=True,
                    tooltip="AlexNet for LPIPS, from models/metrics. none: from torch's cache where it is there.",
                ),
                widget(
                    io.Combo, "clip_weights", options=bench_io.clip_files(), default=bench_io.NO_WEIGHTS,
                    optional=True, advanced=True,
                    tooltip="For CLIP-I, from models/clip_vision. none: from Hugging Face's cache where it is there.",
                ),
                _on_cut_input(),
            ],
            outputs=[
                output(io.Float, "psnr", "In dB over all pixels of all frames; infinite for equal clips."),
                output(io.Float, "ssim", "Mean over the frames; 1 for equal clips."),
                output(io.Float, "epe", "Mean distance in pixels between the tracks and the points that were seen."),
                output(io.String, "report", "Every figure, who tracked, what was compared, and what was left out."),
                output(io.Float, "lpips", "Mean over the frames; 0 for equal clips. Not a number without weights."),
                output(io.Float, "clip_i", "Mean over the frames; 1 for equal clips. Not a number without weights."),
            ],
        )  # fmt: skip

    @classmethod
    def execute(
        cls, images, tracker: str, weights: str, reference=None, tracks=None, wanmove_image=None,
        lpips_weights: str = bench_io.NO_WEIGHTS, clip_weights: str = bench_io.NO_WEIGHTS,
        on_cut: str = bench_io.ON_CUT[0],
    ) -> io.NodeOutput:  # fmt: skip
        made = bench_io.score(
            images, reference, tracks, tracker, weights, wanmove_image, lpips_weights, clip_weights, on_cut
        )
        return io.NodeOutput(
            made.psnr, made.ssim, made.epe, made.report, made.lpips, made.clip_i, ui={"text": (made.report,)}
        )


class WanMoveAdherence(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return schema(
            node_id="WanMoveAdherence",
            display_name="Adherence (Wan-Move)",
            description="Follows the points of a generated clip: a score, paths coloured by error, and what to change.",
            search_aliases=["check result", "track error", "does it follow", "evaluate motion", "point tracking"],
            is_output_node=True,
            inputs=[
                io.Image.Input("images", tooltip="The generated frames."),
                Tracks.Input("tracks", tooltip="What was asked for."),
                _fitted_input(),
                *_tracker_inputs(),
                widget(
                    io.Int, "worst", default=10, min=0, max=1000,
                    tooltip="How many of the tracks that are not followed the report lists.",
                ),
                widget(
                    io.Float, "scale", default=0.0, min=0.0, max=4096.0, step=1.0, advanced=True,
                    tooltip="The error in pixels at the yellow end of the colours. 0: chosen by the errors found.",
                ),
                _on_cut_input(),
            ],
            outputs=[
                output(io.Image, "images", "The frames with paths coloured by error, and a legend below."),
                output(
                    Tracks, "suggested",
                    "The tracks with the advised points before them, in the clip's pixels; unchanged where nothing is "
                    "missing.",
                ),
                output(io.Float, "error", "Mean distance in pixels where the points were seen."),
                output(io.String, "report", "How many tracks are followed, the worst ones, and what to change."),
                output(
                    io.Float, "score",
                    "0 to 1, to choose between takes: the share of the tracks that follow, times the share of the "
                    "places that nothing asks to move and that stay. Not a number where nothing can be judged.",
                ),
            ],
        )  # fmt: skip

    @classmethod
    def execute(
        cls, images, tracks, tracker: str, weights: str, worst: int, scale: float, wanmove_image=None,
        on_cut: str = bench_io.ON_CUT[0],
    ) -> io.NodeOutput:  # fmt: skip
        made = bench_io.adherence(images, tracks, tracker, weights, worst, scale, wanmove_image, on_cut)
        ui = {"images": [made.preview], "animated": (True,), "text": (made.report,), "score": made.shown_score}
        return io.NodeOutput(made.images, made.tracks, made.error, made.report, made.score, ui=ui)


class WanMoveBestClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        more = "Another clip of the same motion, or a list of them."
        return schema(
            node_id="WanMoveBestClip",
            display_name="Best Clip (Wan-Move)",
            description="Of several clips of one motion the one that follows its tracks best, by Adherence's score.",
            search_aliases=["choose best take", "best of n", "rank takes", "pick video", "loop result"],
            is_output_node=True,
            is_input_list=True,
            inputs=[
                io.Image.Input("clip_1", tooltip="A clip, or a list of them, such as a loop gathers."),
                Tracks.Input("tracks", tooltip="What was asked for. All clips are measured against it."),
                io.Image.Input("clip_2", optional=True, tooltip=more),
                io.Image.Input("clip_3", optional=True, tooltip=more),
                io.Image.Input("clip_4", optional=True, tooltip=more),
                _fitted_input(),
                *_tracker_inputs(),
                _on_cut_input(),
            ],
            outputs=[
                output(io.Image, "images", "The frames of the best clip. Of equal ones it is the first."),
                output(io.Int, "number", "Which one it is, counted from 1 through all clips."),
                output(io.Float, "score", "Its score, 0 to 1, as Adherence gives it."),
                output(io.String, "report", "The score of every clip."),
            ],
        )

    @classmethod
    def execute(
        cls, clip_1, tracks, tracker, weights, clip_2=(), clip_3=(), clip_4=(), wanmove_image=(None,),
        on_cut=(bench_io.ON_CUT[0],),
    ) -> io.NodeOutput:  # fmt: skip
        clips = [clip for given in (clip_1, clip_2, clip_3, clip_4) for clip in given or () if clip is not None]
        made = bench_io.best_clip(clips, tracks[0], tracker[0], weights[0], (wanmove_image or (None,))[0], on_cut[0])
        return io.NodeOutput(made.images, made.number, made.score, made.report, ui={"text": (made.report,)})


NODES = [WanMoveBenchCase, WanMoveBenchScore, WanMoveAdherence, WanMoveBestClip]
