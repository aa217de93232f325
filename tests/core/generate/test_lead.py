"""``wan-move generate --lead``: the run's own draft, clips and folders; what is recorded, repeated, refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="the extra 'standalone' is not installed")

from wan_move_core import cli
from wan_move_core.generate.sidefile import read_side_file
from wan_move_core.hosts.diffusers.sampling import pipeline
from wan_move_core.video import read_clip

SIZE = ("--width", "80", "--height", "48", "--frames", "5", "--steps", "6", "--shift", "8", "--negative_prompt", "bad")


@pytest.fixture(scope="module")
def folder(golden, tmp_path_factory):
    """A picture, its tracks, a draft of them as a folder with its masks and as a clip; the tiny checkpoint."""
    home, tiny = tmp_path_factory.mktemp("lead"), golden / "tiny_official"
    np.save(home / "embeds.npy", np.load(tiny / "expected.npz")["clip_features"])
    shutil.copy(tiny / "image.png", home / "image.png")
    thing = np.array([(12, 16), (24, 16), (12, 28), (24, 28), (18, 22), (4, 4), (76, 4), (4, 44), (76, 44)], float)
    way = np.linspace(0, 1, 5)[:, None, None] * np.array([40.0, 0]) * (np.arange(9) < 5)[:, None]
    np.save(home / "tracks.npy", (thing + way).astype(np.float32))
    (home / "checkpoint").symlink_to(tiny / "checkpoint", target_is_directory=True)
    draft = ["draft", "--image", str(home / "image.png"), "--tracks", str(home / "tracks.npy"), "--size", "80x48"]
    assert cli.main([*draft, "-o", str(home / "frames"), "--mask", str(home / "masks"), "--quiet"]) == 0
    assert cli.main([*draft, "-o", str(home / "draft.mp4"), "--quiet"]) == 0
    return home


@pytest.fixture
def generate(folder, tmp_path, monkeypatch):
    """``generate(name, *words)`` -> (exit code, the clip's frames), run in the folder; and the leads that sampled."""
    monkeypatch.chdir(folder)
    leads = []
    of = pipeline.LedLoop.of.__func__  # type: ignore[attr-defined]

    def note(cls, lead, noise, sigmas):
        leads.append(lead)
        return of(cls, lead, noise, sigmas)

    monkeypatch.setattr(pipeline.LedLoop, "of", classmethod(note))

    def made(name: str, *words: str, prompted: bool = True):
        inputs = ["--image", "image.png", "--image-embeds", "embeds.npy", "--prompt", "a red square", "--seed", "3"]
        model = ["--ckpt_dir", "checkpoint", "--dtype", "fp32"] if prompted else []
        out = tmp_path / name
        code = cli.main(
            ["generate", *model, *(inputs + list(SIZE) if prompted else []), *words, "--device", "cpu", "-o", str(out)]
        )
        return code, (np.stack(list(read_clip(out))) if out.is_file() else None)

    made.leads = leads  # type: ignore[attr-defined]
    return made


def test_the_runs_own_draft_leads_and_is_repeated(generate, folder, tmp_path, capsys):
    code, frames = generate("led.mp4", "--tracks", "tracks.npy", "--lead", "draft")
    assert code == 0 and frames is not None and len(frames) == 5
    (lead,) = generate.leads
    assert lead.latent.shape == (1, 16, 2, 6, 10)
    assert 0 < float(lead.known.mean()) < 1
    assert "step 5/5" in capsys.readouterr().err
    side = read_side_file(tmp_path / "led.mp4.json")
    assert side.case.lead == "draft" and "lead" not in side.inputs
    assert (side.settings.lead_from, side.settings.lead_to) == (0.979, 0.949)
    code, again = generate("again.mp4", "--repeat", str(tmp_path / "led.mp4.json"), prompted=False)
    assert code == 0 and np.array_equal(frames, again)
    assert "The frames are the same, bit for bit." in capsys.readouterr().err
    code, plain = generate("plain.mp4", "--tracks", "tracks.npy")
    assert code == 0 and np.abs(plain.astype(int) - frames).max() > 8 and len(generate.leads) == 2
    code, off = generate("off.mp4", "--tracks", "tracks.npy", "--lead", "off")
    assert code == 0 and np.array_equal(plain, off) and len(generate.leads) == 2
    # A clip that was led is another run than one that was not.
    code, _ = generate("led.mp4", "--tracks", "tracks.npy")
    assert code == 2 and "made with other settings" in capsys.readouterr().err


def test_a_folder_with_masks_is_what_the_draft_is(generate, folder, tmp_path):
    """The files that ``wan-move draft --mask`` writes lead exactly as the draft that is made on the way."""
    words = ("--tracks", "tracks.npy", "--lead-preset", "camera", "--lead-feather", "1")
    _, own = generate("own.mp4", *words, "--lead", "draft")
    _, files = generate("files.mp4", *words, "--lead", "frames", "--lead-mask", "masks")
    assert own is not None and np.array_equal(own, files)
    side = read_side_file(tmp_path / "files.mp4.json")
    assert set(side.inputs) >= {"lead", "lead_mask"}
    assert side.inputs["lead"]["bytes"] == sum(f.stat().st_size for f in (folder / "frames").iterdir())
    assert (side.settings.lead_from, side.settings.lead_to, side.settings.lead_feather) == (0.986, 0.964, 1)


def test_a_changed_folder_is_another_input(generate, folder, tmp_path, capsys):
    shutil.copytree(folder / "frames", tmp_path / "moving")
    code, _ = generate("a.mp4", "--lead", str(tmp_path / "moving"))
    assert code == 0
    last = sorted((tmp_path / "moving").iterdir())[-1]
    shutil.copy(sorted((tmp_path / "moving").iterdir())[0], last)
    code, _ = generate("b.mp4", "--repeat", str(tmp_path / "a.mp4.json"), prompted=False)
    assert code == 2 and "changed since: lead" in capsys.readouterr().err


def test_a_clip_leads_and_its_rate_is_told(generate, capsys):
    code, frames = generate("clip.mp4", "--lead", "draft.mp4", "--lead-from", "0.99", "--fps", "8")
    assert code == 0 and frames is not None
    said = capsys.readouterr().err
    assert "Lead: the draft has 5 frames of 80x48 at 16 per second, the video 5 of 80x48 at 8" in said
    assert "it ends after frame 3 of the video and leads no further" in said
    (lead,) = generate.leads
    assert lead.levels.start == 0.99 and lead.levels.release == 0.949
    assert lead.known.shape == (1, 1, 2, 6, 10) and bool((lead.known == 1).all())


def test_lists_lead_case_by_case(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(folder)
    entry = {"image": "image.png", "image_embeds": "embeds.npy", "tracks": "tracks.npy", "prompt": "a"}
    cases = [{**entry, "output": "a.mp4"}, {**entry, "output": "b.mp4", "lead": "off"},
             {**entry, "output": "c.mp4", "lead": "frames", "lead_mask": "masks"}]  # fmt: skip
    (folder / "cases.jsonl").write_text("\n".join(json.dumps(case) for case in cases))
    words = ["--ckpt_dir", "checkpoint", "--dtype", "fp32", "--device", "cpu", "--quiet", *SIZE, "--seed", "1"]
    assert cli.main(["generate", *words, "--list", "cases.jsonl", "--lead", "draft", "-o", str(tmp_path)]) == 0
    sides = [read_side_file(tmp_path / f"{name}.mp4.json").case for name in "abc"]
    assert [side.lead for side in sides] == ["draft", None, "frames"]
    assert sides[2].lead_mask == "masks"


def test_a_list_alone_records_the_levels_and_keeps_its_own_masks(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    entry = {"image": "image.png", "image_embeds": "embeds.npy", "tracks": "tracks.npy", "prompt": "a"}

    def run(case: dict, *more: str) -> int:
        (tmp_path / "cases.json").write_text(json.dumps([case]))
        for name in ("image.png", "embeds.npy", "tracks.npy", "frames", "masks", "draft.mp4"):
            if not (tmp_path / name).exists():
                (tmp_path / name).symlink_to(folder / name)
        words = ["--ckpt_dir", "checkpoint", "--dtype", "fp32", "--device", "cpu", "--quiet", *SIZE, "--seed", "1"]
        return cli.main(["generate", *words, "--list", str(tmp_path / "cases.json"), "-o", str(tmp_path), *more])

    assert run({**entry, "output": "own.mp4", "lead": "frames", "lead_mask": "masks"}) == 0
    assert read_side_file(tmp_path / "own.mp4.json").settings.lead_from == 0.979
    assert run({**entry, "output": "kept.mp4", "lead_mask": "masks"}, "--lead", "frames", "--lead-mask", "frames") == 0
    assert read_side_file(tmp_path / "kept.mp4.json").case.lead_mask == str(tmp_path / "masks")
    assert run({**entry, "output": "bare.mp4", "lead_mask": "masks"}) == 2
    assert "lead_mask of bare.mp4: a mask without a clip or folder that leads" in capsys.readouterr().err


def test_what_changes_nothing_is_said(generate, capsys):
    code, _ = generate("a.mp4", "--lead-from", "0.97", "--guidance-2", "3", "--dry-run")
    said = capsys.readouterr().err
    assert code == 0 and "change nothing without --lead" in said
    assert "--boundary and --guidance-2 change nothing without a second expert" in said
    assert cli.main(["generate", "--repeat", "a.mp4.json", "--lead", "off"]) == 2
    assert "--lead or --lead-mask beside --repeat" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--lead", "draft"), "(never.mp4): a draft without tracks. Fix: give --tracks, or --lead CLIP"),
        (("--lead", "none.mp4"), "none.mp4 is not there"),
        (("--lead", "draft", "--lead-mask", "masks"), "the draft knows its own mask"),
        (("--lead-mask", "masks"), "a mask without a clip or folder that leads"),
        (("--lead", "frames", "--lead-from", "0.5"), "from 0.5 to 0.949, but noise falls"),
        (("--lead", "draft", "--lead-feather", "17"), "Lead / feather: 17 cells. Fix: use 0 to 16"),
        (("--lead", "checkpoint"), "has no pictures in it"),
    ],
)
def test_refused_before_anything_is_loaded(generate, capsys, words, text):
    code, _ = generate("never.mp4", *words)
    assert code == 2 and text in capsys.readouterr().err
