"""The example workflow that measures its own result and tries again with the points that were missing."""

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
        920,
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
