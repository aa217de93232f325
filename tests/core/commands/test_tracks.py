"""``wan-move tracks``: making, changing and mending trajectories from the command line."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from wan_move_core import cli
from wan_move_core.errors import WanMoveError
from wan_move_core.motion.formats import read_tracks
from wan_move_core.motion.sources.space.plane_files import read_depth, read_mask
from wan_move_core.video import write_clip

W, H = 96, 64


@pytest.fixture
def folder(tmp_path):
    mask = np.zeros((H, W), np.uint8)
    mask[16:48, 32:64] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    cv2.imwrite(str(tmp_path / "photo.png"), np.random.default_rng(0).integers(0, 255, (H, W, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "depth.png"), np.linspace(0, 65535, W).astype(np.uint16)[None].repeat(H, 0))
    return tmp_path


def _run(capsys, *args):
    code = cli.main([str(a) for a in args])
    out = capsys.readouterr()
    return code, out.out, out.err


def _read(path):
    beside = path.with_name("out_visibility.npy")
    return read_tracks(path, size_wh=(W, H), visibility=beside if beside.exists() else None).tracks


def test_region(folder, capsys):
    out = folder / "out.json"
    code, said, err = _run(
        capsys, "tracks", "region", out, "--mask", folder / "mask.png", "--move=12,-4", "--frames", 9, "--easing",
        "linear",
    )  # fmt: skip
    assert (code, err) == (0, "") and "16 tracks, 9 frames of 96x64." in said
    moved = (_read(out).xy[-1] - _read(out).xy[0]).numpy()
    assert moved == pytest.approx(np.tile([12.0, -4.0], (16, 1)), abs=1e-2)
    (folder / "keys.json").write_text('[{"frame":0},{"frame":8,"scale":2}]')
    code, *_ = _run(
        capsys, "tracks", "region", out, "--mask", folder / "mask.png", "--frames", 9, "--keys",
        f"@{folder / 'keys.json'}", "--pivot", "0,0", "--path", out,
    )  # fmt: skip
    xy = _read(out).xy.numpy()
    assert code == 0 and xy[-1] == pytest.approx(xy[0] * 2 + (12, -4), abs=1e-2)


def test_camera_with_and_without_depth(folder, capsys):
    out = folder / "out.json"
    flat = ("tracks", "camera", out, "--image", folder / "photo.png", "--move", "zoom in=100", "--frames", 5)
    code, *_ = _run(capsys, *flat, "--spacing", 8)
    xy = _read(out).xy.numpy()
    assert code == 0 and xy.shape == (5, 96, 2)
    assert xy[-1] - (48, 32) == pytest.approx((xy[0] - (48, 32)) * 2, abs=0.02)
    code, said, _ = _run(
        capsys, "tracks", "camera", out, "--depth", folder / "depth.png", "--move", "truck right=20", "--move",
        "tilt up=2", "--frames", 5, "--near", 1, "--far", 4, "--shake", 0.2,
    )  # fmt: skip
    assert code == 0 and "relative depth put between 1 and 4" in said


def test_transfer(folder, capsys):
    rng = np.random.default_rng(1)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (H, W + 40, 3), np.uint8).astype(np.uint8), (0, 0), 2) * 2
    frames = [np.ascontiguousarray(picture[:, f * 2 : f * 2 + W]) for f in range(9)]
    write_clip(folder / "clip.mp4", iter(frames), 16.0, quality=95)
    out = folder / "out.json"
    code, said, _ = _run(
        capsys, "tracks", "transfer", out, "--clip", folder / "clip.mp4", "--size", f"{W * 2}x{H * 2}", "--spacing", 12,
        "--retarget", "affine", "--clip-points", f"0,0; {W},0; 0,{H}", "--picture-points",
        f"0,0; {W * 2},0; 0,{H * 2}", "--lost", "drop",
    )  # fmt: skip
    assert code == 0 and "followed by dense" in said
    moved = read_tracks(out, size_wh=(W * 2, H * 2)).tracks.xy
    assert float((moved[-1] - moved[0])[:, 0].median()) == pytest.approx(-32, abs=1.0)


def test_turn(folder, capsys):
    out = folder / "out.npy"
    code, said, _ = _run(
        capsys, "tracks", "turn", out, "--mask", folder / "mask.png", "--angle", 80, "--fov", 0, "--frames", 9
    )
    assert code == 0 and "turn to the back" in said and out.is_file()


def test_anchors_split_and_simplify(folder, capsys):
    xy = np.stack([np.linspace(20, 70, 17), np.full(17, 30.0)], -1)[:, None]
    np.save(folder / "long.npy", xy.astype(np.float32))
    size = ("--size", f"{W}x{H}")
    code, said, _ = _run(capsys, "tracks", "anchors", folder / "long.npy", folder / "held.json", *size, "--spacing", 2,
                         "--margin", 1)  # fmt: skip
    held = _read(folder / "held.json")
    assert code == 0 and held.count > 5 and f"{held.count - 1} still points beside 1 track." in said
    wide = ("--size", f"{2 * W}x{H}", "--image", folder / "photo.png")
    code, _, err = _run(capsys, "tracks", "anchors", folder / "long.npy", folder / "never.json", *wide)
    assert code == 2 and not (folder / "never.json").exists()
    assert f"tracks anchors / --image: {W}x{H}, the tracks belong to {2 * W}x{H}. Fix: give the picture" in err
    code, *_ = _run(capsys, "tracks", "split", folder / "long.npy", folder / "part.json", *size, "--window", 9)
    parts = [_read(folder / f"part_{n}.json").xy for n in range(2)]
    assert code == 0 and parts[0][-1].tolist() == parts[1][0].tolist() and not (folder / "part_2.json").exists()
    code, said, _ = _run(capsys, "tracks", "simplify", folder / "long.npy", folder / "few.json", *size)
    document = json.loads((folder / "few.json").read_text())
    assert code == 0 and "1 layer with 2 points" in said and document["size_wh"] == [W, H]


def test_check_mends_into_another_file(folder, capsys):
    xy = np.tile(np.array([[[20.0, 30.0], [200.0, 30.0]]]), (9, 1, 1))
    xy[:, 0, 0] += np.arange(9) * 3
    np.save(folder / "bad.npy", xy.astype(np.float32))
    size = ("--size", f"{W}x{H}")
    code, said, _ = _run(capsys, "tracks", "check", folder / "bad.npy", *size)
    assert code == 1 and "Track 2 starts outside the picture" in said
    code, said, _ = _run(capsys, "tracks", "check", folder / "bad.npy", *size, "--fix", folder / "good.json")
    assert code == 0 and "- Track 2 moved as a whole to start inside the picture." in said
    assert f"Nothing is left in {folder / 'good.json'}." in said or "Left in" in said
    assert bool(_read(folder / "good.json").inside().all())
    code, said, _ = _run(capsys, "tracks", "check", folder / "bad.npy", *size, "--fix", folder / "g.json", "--json")
    told = json.loads(said)
    assert code == 0 and told["found"][0]["id"] == "outside_at_start" and told["mended"]
    assert not [i for i in told["issues"] if i["severity"] == "error"]


def test_check_mends_a_document_as_a_document(folder, capsys):
    layer = {"id": "a", "type": "path", "points": [[1.4, 0.5], [0.5, 0.5]], "before": "hide", "start": 2}
    text = json.dumps({"version": 1, "size_wh": [W, H], "frames": 9, "layers": [layer]})
    (folder / "motion.json").write_text(text)
    code, said, _ = _run(capsys, "tracks", "check", folder / "motion.json", "--fix", folder / "mended.json")
    mended = json.loads((folder / "mended.json").read_text())
    assert code == 0 and mended["version"] == 1 and (folder / "motion.json").read_text() == text
    assert _run(capsys, "tracks", "check", folder / "mended.json")[0] == 0 and "shown at the first frame" in said


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("region", "o.npy", "--mask", "none.png"), "there is no such file"),
        (("region", "o.npy", "--mask", "mask.png", "--frames", "10"), "use 9 or 13 frames"),
        (("region", "o.npy", "--mask", "mask.png", "--keys", "@none.json"), "cannot be read"),
        (("region", "o.npy", "--mask", "mask.png", "--pivot", "nose"), "unknown 'nose'"),
        (("camera", "o.npy", "--move", "zoom in=20"), "give --image or --size"),
        (("camera", "o.npy", "--size", "96x64", "--move", "zoom"), "'zoom' is not NAME=AMOUNT"),
        (("camera", "o.npy", "--size", "96x64", "--move", "crane=2"), "unknown 'crane'"),
        (("turn", "o.npy", "--mask", "mask.png", "--shape", "depth"), "shape depth without a depth map"),
        (("transfer", "o.npy", "--clip", "none.mp4"), "none.mp4"),
    ],
)
def test_errors_are_one_line(folder, capsys, monkeypatch, args, told):
    monkeypatch.chdir(folder)
    code, _, err = _run(capsys, "tracks", *args)
    assert code == 2 and told in err and "Fix:" in err and err.count("\n") == 1
    assert not (folder / "o.npy").exists()


def test_planes_from_files(tmp_path):
    ramp = np.linspace(0, 65535, 16).astype(np.uint16)[None].repeat(4, 0)
    cv2.imwrite(str(tmp_path / "d.png"), ramp)
    assert np.array_equal(read_depth(tmp_path / "d.png"), ramp)
    np.save(tmp_path / "d.npy", ramp[None] / 1000.0)
    assert read_depth(tmp_path / "d.npy") == pytest.approx(ramp / 1000.0)
    assert read_mask(tmp_path / "d.png").sum() == 32
    cut = np.zeros((4, 16, 4), np.uint8)
    cut[:, :3, 3] = 255
    cv2.imwrite(str(tmp_path / "cut.png"), cut)
    assert read_mask(tmp_path / "cut.png").sum() == 12
    np.save(tmp_path / "m.npy", np.eye(4) > 0)
    assert np.array_equal(read_mask(tmp_path / "m.npy"), np.eye(4) > 0)
    (tmp_path / "bad.png").write_bytes(b"nothing")
    np.save(tmp_path / "p.npy", np.array([{}], object), allow_pickle=True)
    for name in ("bad.png", "p.npy"):
        with pytest.raises(WanMoveError, match="not a picture or plane of numbers"):
            read_depth(tmp_path / name)
