"""The example workflow in which the motion draft leads the sampling."""

from __future__ import annotations

from typing import Any

from workflow_graph import Workflow
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
    save_with_overlay,
)  # fmt: skip


def draft_leads(info: dict[str, Any]) -> Workflow:
    w = Workflow(info, "12 The draft leads")
    w.column()
    w.note(
        f"""
# The draft leads: shapes and timing of the draft, finish of the model

Tracks tell the model where things go. Here it also *follows the draft itself* while there is still much noise: things
keep the shape, size and turn that they have in the draft, and places they leave are filled as there. Then it is let go.

1. **Picture** and **Edit motion**, as in *01 Draw and generate*. Play *Motion Draft*: it is what will lead.
2. **Encode Draft** takes the draft, and its **mask**: what the draft knows. Only that is held.
3. **Sampler**, `lead_preset`: `objects` for things that are moved, `camera` for moves of the whole picture, `loose` to
   let go after a step or two, `off` to compare. `custom` takes `lead_from` and `lead_to`, two noise levels.
4. **Run**.

Things appear twice, or the camera wanders: lower `lead_from` a little (.98 to .97). The background stands frozen: raise
it. Things drift: lower `lead_to`. They look cut out: raise it.

Any clip can lead in the draft's place: a cut-out animation, a blockout from a 3D program, an edited video. Load it with
*Load Video* and *Get Video Components*, give it to Encode Draft's `draft`, and its mask where it has one.

This puts Time-to-Move's sampling together with Wan-Move's own guidance. **Nobody has tried it on the real weights
yet**: the mechanism is tested on tiny models, the levels are Time-to-Move's for other models.

{DRAFT_FIRST}

{files_note(*FILES)}
""",
    )
    m = load_models(w)
    drawn = draw(w, m)
    editor = drawn.editor
    w.column("The draft and what it knows", "motion")
    encoded = encode(w, editor["picture"], m, length=editor["length"], fit="area")
    draft = w.add(
        "WanMoveDraft", picture=editor["picture"], tracks=editor["tracks"], wanmove_image=encoded["wanmove_image"],
        _size=(380, 330),
    )  # fmt: skip
    lead = w.add(
        "WanMoveEncodeDraft", draft=draft["images"], mask=draft["mask"], vae=m.vae,
        wanmove_image=encoded["wanmove_image"],
    )  # fmt: skip
    w.column("Video", "video")
    guided = guide(w, drawn.texts, encoded, editor["tracks"])
    sampled = sample(w, m.model, guided, lead_draft=lead["lead_draft"], lead_preset="objects")
    images = decode(w, sampled["latent"], m.vae)
    save_with_overlay(w, images, editor["tracks"], "draft_leads")
    return w
