"""The pictures of Encode Draft's help page: what is held of the demo's draft, and when the presets lead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont

MOMENTS = (8, 32, 56, 80)
TILE_WH = (260, 150)
GAP = 4
PAPER, INK, FAINT = (255, 255, 255), (40, 44, 52), (205, 209, 216)
COLOURS = {"objects": (51, 119, 204), "camera": (221, 119, 34), "loose": (102, 153, 51)}


def lead(into: Path) -> None:
    """lead.webp: draft, mask, cells, feather, clock at four moments."""
    from wan_move_core.demo.picture import ASSETS, DOCUMENT, PICTURE
    from wan_move_core.draft.outlines import outlines_from_document
    from wan_move_core.draft.render import Draft
    from wan_move_core.lead.cells import known_cells
    from wan_move_core.lead.known import known_frames
    from wan_move_core.lead.levels import free_at, lead_steps, release_sigmas
    from wan_move_core.lead.presets import PRESETS
    from wan_move_core.method.solver import published_sigmas
    from wan_move_core.motion.document.read import parse_document
    from wan_move_core.motion.evaluation.evaluate import tracks_from_document
    from wan_move_core.pictures import read_picture

    document = parse_document((ASSETS / DOCUMENT).read_bytes())
    draft = Draft(read_picture(ASSETS / PICTURE), tracks_from_document(document), outlines_from_document(document))
    frames, known = list(draft), torch.from_numpy(np.stack(list(known_frames(draft))))
    cells, soft = known_cells(known)[0, 0], known_cells(known, 3)[0, 0]
    clock = torch.ones_like(cells)
    clock[:, int(0.44 * cells.shape[1]) :] = 0.5  # the boat sails below
    sigmas = published_sigmas(40)
    steps = lead_steps(sigmas, PRESETS["objects"])
    assert steps is not None
    late = sigmas[steps.start + 3 * (steps.release - steps.start) // 4]
    held = 1 - free_at(late, 1 - cells[None], release_sigmas(sigmas, steps, clock[None]))[0]
    rows = []
    for shown in (None, known.float() / 255, cells, soft, held):
        tiles = [_tile(frames[at], None if shown is None else _plane(shown, at)) for at in MOMENTS]
        rows.append(np.hstack([part for tile in tiles for part in (tile, _white(GAP, TILE_WH[1]))][:-1]))
    wide = rows[0].shape[1]
    sheet = np.vstack([part for row in rows for part in (row, _white(wide, GAP))][:-1])
    Image.fromarray(sheet).save(into / "lead.webp", quality=72, method=6)


def _plane(shown: torch.Tensor, frame: int) -> np.ndarray:
    """float [H, W] of a mask in frames, or of the latent step that covers the frame, in cells."""
    plane = shown[frame if shown.shape[0] > 60 else (frame + 3) // 4]
    return plane.numpy() if plane.shape[0] > 100 else np.kron(plane.numpy(), np.ones((8, 8), np.float32))


def _tile(frame: np.ndarray, share: np.ndarray | None) -> np.ndarray:
    lit = frame if share is None else (frame * (0.22 + 0.78 * share[..., None])).astype(np.uint8)
    return np.asarray(Image.fromarray(lit).resize(TILE_WH, Image.Resampling.LANCZOS))


def _white(width: int, height: int) -> np.ndarray:
    return np.full((height, width, 3), 255, np.uint8)


def levels(into: Path) -> None:
    """lead_levels.webp: the noise levels of two schedules, step by step, and where each preset starts and lets go."""
    from wan_move_core.lead.levels import lead_steps
    from wan_move_core.lead.presets import PRESETS
    from wan_move_core.method.solver import published_sigmas

    fine, width, row = 2, 520, 26
    sheet = Image.new("RGB", (width * 2 * fine, 322 * fine), PAPER)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(13 * fine)
    for place, (count, shift, most) in enumerate(((40, 3.0, 12), (6, 8.0, 6))):
        sigmas = published_sigmas(count, shift)
        left, top, bottom, right = place * width + 66, 40, 190, (place + 1) * width - 24

        def at(step: float, left: int = left, right: int = right, most: int = most) -> float:
            return (left + (right - left) * step / most) * fine

        def level(sigma: float, top: int = top, bottom: int = bottom) -> float:
            return (bottom - (bottom - top) * (sigma - 0.8) / 0.2) * fine

        draw.text((left * fine, 12 * fine), f"{count} steps, shift {shift:g}: noise level", INK, font)
        for sigma in (0.8, 0.9, 1.0):
            draw.line([(at(0), level(sigma)), (at(most), level(sigma))], FAINT, fine)
            draw.text(((left - 36) * fine, level(sigma) - 8 * fine), f"{sigma:.1f}", INK, font)
        points = [(at(i), level(float(s))) for i, s in enumerate(sigmas[: most + 1]) if s >= 0.8]
        draw.line(points, INK, 2 * fine)
        for x, y in points:
            draw.ellipse([x - 3 * fine, y - 3 * fine, x + 3 * fine, y + 3 * fine], fill=INK)
        for number, (name, held) in enumerate(PRESETS.items()):
            steps = lead_steps(sigmas, held)
            assert steps is not None
            y = (bottom + 22 + row * number) * fine
            draw.text(((left - 62) * fine, y - 2 * fine), name, COLOURS[name], font)
            box = [at(steps.start), y, at(steps.release), y + 14 * fine]
            draw.rectangle(box, fill=COLOURS[name])
        for step in range(0, most + 1, 2 if most > 8 else 1):
            draw.text((at(step) - 4 * fine, (bottom + 24 + row * len(PRESETS)) * fine), str(step), INK, font)
    size = (sheet.width // fine, sheet.height // fine)
    sheet.resize(size, Image.Resampling.LANCZOS).save(into / "lead_levels.webp", quality=80, method=6)
