"""The example workflows that measure their own result and try again with the points that were missing."""

from __future__ import annotations

from typing import Any

from workflow_graph import Workflow
from workflow_list_models import UNTRIED
from workflow_parts import (
    DRAFT_FIRST,
    FILES,
    decode,
    draw,
    encode,
    files_note,
    guide,
    load_models,
    sample,
    save,
    save_with_overlay,
)  # fmt: skip


def retake(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "15 Retake with suggested points")
    w.column()
    w.note(
        f"""
# Retake: measure, add the missing points, try again

1. **Picture** and **Edit motion**, as in *01 Draw and generate*.
2. **Run**. The first video is made, and **Adherence** follows its points: which tracks are followed, which are not, and
   what moved though nobody asked. Its last line is the **score**.
3. Its **suggested** tracks are yours with still points where the picture drifted, and more points around what did not
   move. They guide a second run with the same seed: whatever differs comes from the points.
4. *Both, first above second* shows what they changed. Both are measured against **your** tracks, so that the two scores
   mean the same.

Where the report has no advice, `suggested` is what you gave, and the second video is the first one again. To spend the
time of one video only, mute the sampler *Second run* (Ctrl+M), read the first report, and run it again with the second:
what was made is kept.

When the second is better, draw on from its tracks: *Simplify Tracks* gives them to a *Motion Editor*. The editor's tab
**Takes** lists what you made, by score when you press **Best**.

{UNTRIED}

{DRAFT_FIRST}

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    drawn = draw(w, m)
    texts, editor = drawn.texts, drawn.editor
    w.column("First run", "video")
    encoded = encode(w, editor["picture"], m, length=editor["length"], fit="area")
    guided = guide(w, texts, encoded, editor["tracks"])
    first = decode(w, sample(w, m.model, guided, _title="First run")["latent"], m.vae)
    w.column("Does it follow?", "motion")
    measure = {"tracks": editor["tracks"], "wanmove_image": encoded["wanmove_image"], "_size": (380, 560)}
    measured = w.add("WanMoveAdherence", images=first, **measure, _title="Adherence of the first run")
    w.column("Second run, with the suggested points", "video")
    again = guide(w, texts, encoded, measured["suggested"])
    second = decode(w, sample(w, m.model, again, _title="Second run")["latent"], m.vae)
    w.add("WanMoveAdherence", images=second, **measure, _title="Adherence of the second run")
    w.column("Both", "video")
    save(w, second, "retake_second", "Second run's video")
    both = w.add("WanMoveSideBySide", first=first, second=second, layout="under")
    save(w, both["images"], "retake_both", "Both, first above second")
    return w


def retake_loop(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "21 Retake in a loop")
    w.column()
    w.note(
        f"""
# Retake by itself: three rounds, and the best one comes out

**This one needs a ComfyUI that has loops** (*Start Loop* and *End Loop*, autumn 2026; 0.33 does not have them yet).
Without them it opens, says that these two are missing, and cannot run: use *15 Retake with suggested points*, which is
two rounds, drawn out.

1. **Picture** and **Edit motion**, as in *01 Draw and generate*.
2. **Start Loop**, `num_iterations`: how many videos are made. The first is made with your tracks.
3. In every round **Adherence** follows the points of the new video and adds those that were missing; **End Loop** hands
   them to the next round. The seed stays: what differs comes from the points.
4. End Loop gathers all videos (`accumulate`), and **Best Clip** measures each against **your** tracks. The best one is
   saved; its report has the score of every round.

Where a round has no advice, the next one repeats it. Rounds cost what a video costs: try two first, or the loaders and
settings of *14 Fast with a start without the LoRA*.

{UNTRIED}

{DRAFT_FIRST}

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    drawn = draw(w, m)
    editor = drawn.editor
    encoded = encode(w, editor["picture"], m, length=editor["length"], fit="area")
    w.column("Every round, with the points so far", "video")
    rounds = {"mode": "simple", "mode.num_iterations": 3}
    start = w.add("StartLoop", **rounds, initial_iteration_value=editor["tracks"], _size=(380, 220))
    points = start["current_iteration_value"]
    images = decode(w, sample(w, m.model, guide(w, drawn.texts, encoded, points))["latent"], m.vae)
    w.column("What was missing", "motion")
    fitted = {"wanmove_image": encoded["wanmove_image"]}
    measured = w.add("WanMoveAdherence", images=images, tracks=points, **fitted, _size=(380, 560))
    end = w.add("EndLoop", output_value=images, next_iteration_value=measured["suggested"], accumulate=True)
    best = w.add("WanMoveBestClip", clip_1=end["outputs"], tracks=editor["tracks"], **fitted, _size=(380, 300))
    save_with_overlay(w, best["images"], editor["tracks"], "retake_loop")
    return w
