"""The motion editor's node on the real server: the document becomes tracks, the picture moves with them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from _graphs import Graph
from _server import Refused

SIZE = (64, 48)
FRAMES = 9


def document(*layers: dict, **fields) -> str:
    path = {"id": "a", "type": "path", "name": "Ball", "points": [[0.25, 0.5], [0.75, 0.5]], "curve": "straight"}
    known = {
        "version": 1,
        "size_wh": list(SIZE),
        "frames": FRAMES,
        "fps": 16,
        "fit": "crop",
        "layers": list(layers) or [path],
    }
    return json.dumps({**known, **fields})


def editor(g: Graph, text: str, **inputs) -> str:
    values = {"width": SIZE[0], "height": SIZE[1], "length": FRAMES, "fit": "crop", "document": text, **inputs}
    return g.add("WanMoveMotionEditor", **values)


@pytest.fixture
def edited(client, comfy_server):
    """Runs one editor node; returns its numbers (tracks, picture, length) and what the page is told."""

    def run(name: str, text: str, **inputs):
        g = Graph()
        picture = inputs.pop("picture_wh", None)
        if picture:
            inputs["picture"] = [g.add("TestImage", width=picture[0], height=picture[1]), 0]
        node = editor(g, text, **inputs)
        g.add("TestSave", name=name, tracks=[node, 0], images=[node, 1], number=[node, 3])
        done = client.run(g.prompt)
        return np.load(comfy_server.base / "output" / f"{name}.npz"), done.ui[node]["wan_move_editor"][0]

    return run


def test_document_becomes_tracks_of_the_video(edited) -> None:
    """A straight even path is evenly spaced points; closed form in pixels."""
    anchors = {"id": "k", "type": "anchors", "points": [[0.125, 0.25]]}
    path = json.loads(document())["layers"][0]
    numbers, seen = edited("editor_plain", document(anchors, path))
    xy = numbers["tracks/track_path"]
    assert xy.shape == (FRAMES, 2, 2)
    np.testing.assert_allclose(xy[:, 0], np.tile([8, 12], (FRAMES, 1)), atol=1e-4)
    np.testing.assert_allclose(xy[:, 1, 0], np.linspace(16, 48, FRAMES), atol=1e-3)
    np.testing.assert_allclose(xy[:, 1, 1], 24, atol=1e-4)
    assert numbers["tracks/track_visibility"].all()
    assert numbers["tracks/size_wh"].tolist() == list(SIZE)
    assert numbers["number"] == FRAMES
    # Without a picture: mid-grey of the video's size.
    assert numbers["images"].shape == (1, SIZE[1], SIZE[0], 3) and np.allclose(numbers["images"], 0.5)
    assert seen == {"size_wh": list(SIZE), "length": FRAMES, "picture_wh": [], "background": None, "masks": []}


def test_another_size_keeps_the_points_on_the_picture(edited) -> None:
    """A 128x48 picture, drawn at 128x48, cropped to 64x48: 32 pixels less on the left; the longer motion is cut."""
    text = document(size_wh=[128, 48], frames=17, picture={"ref": None, "size_wh": [128, 48]})
    numbers, seen = edited("editor_remap", text, picture_wh=(128, 48))
    xy = numbers["tracks/track_path"][:, 0]
    np.testing.assert_allclose(xy[:, 0], np.linspace(0.25 * 128, 0.75 * 128, 17)[:FRAMES] - 32, atol=2e-2)
    assert seen["picture_wh"] == [128, 48]
    assert numbers["images"].shape == (1, 48, 64, 3)


def test_connected_picture_is_fitted_and_told_to_the_page(edited, client) -> None:
    numbers, seen = edited("editor_picture", document(), picture_wh=(200, 100))
    assert numbers["images"].shape == (1, SIZE[1], SIZE[0], 3)
    assert seen["background"]["type"] == "temp"
    data = client.view(seen["background"])
    assert data[:3] == b"\xff\xd8\xff"


def test_dropped_picture_is_read_from_the_input_folder(edited, comfy_server) -> None:
    from PIL import Image

    halves = np.zeros((48, 64, 3), np.uint8)
    halves[:, 32:] = (255, 128, 0)
    (comfy_server.base / "input" / "dropped").mkdir(exist_ok=True)
    Image.fromarray(halves).save(comfy_server.base / "input" / "dropped" / "two.png")
    reference = {"ref": {"filename": "two.png", "subfolder": "dropped", "type": "input"}, "size_wh": [64, 48]}
    numbers, seen = edited("editor_dropped", document(picture=reference))
    np.testing.assert_allclose(numbers["images"][0] * 255, halves, atol=0.51)
    assert seen["background"] is None and seen["picture_wh"] == [64, 48]


def test_coordinates_feed_the_hosts_own_node(client, comfy_server) -> None:
    """The JSON goes straight into WanMoveTracksFromCoords, and the host's tracks are ours to its two decimals."""
    g = Graph()
    node = editor(g, document())
    host = g.add("WanMoveTracksFromCoords", track_coords=[node, 2])
    g.add("TestSave", name="editor_ours", tracks=[node, 0])
    g.add("TestSave", name="editor_host", tracks=[host, 0])
    client.run(g.prompt)
    ours, theirs = (
        np.load(comfy_server.base / "output" / f"editor_{one}.npz")["tracks/track_path"] for one in ("ours", "host")
    )
    np.testing.assert_allclose(theirs.reshape(ours.shape), ours, atol=0.0051)


def test_empty_text_is_a_motion_without_tracks(edited) -> None:
    numbers, _ = edited("editor_empty", "")
    assert numbers["tracks/track_path"].shape == (FRAMES, 0, 2)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"document": "{oops"}, "Motion editor / document"),
        ({"document": '{"version": 99}'}, "version 99"),
        ({"length": 10}, "Video / length"),
        ({"width": 100}, "not a positive multiple of 8"),
    ],
)
def test_what_cannot_work_is_said_before_anything_runs(client, inputs, words) -> None:
    g = Graph()
    node = editor(g, **{"text": inputs.pop("document", document()), **inputs})
    g.add("TestSave", name="editor_never", tracks=[node, 0])
    with pytest.raises(Refused) as refused:
        client.run(g.prompt)
    assert words in str(refused.value)


def test_a_picture_outside_of_the_input_folder_is_refused(client) -> None:
    reference = {"ref": {"filename": "passwd", "subfolder": "../../../etc", "type": "input"}, "size_wh": [64, 48]}
    g = Graph()
    node = editor(g, document(picture=reference))
    g.add("TestSave", name="editor_outside", tracks=[node, 0])
    run = client.run(g.prompt, fail=True)
    assert "Motion editor / picture" in run.message


def test_newest_outputs_are_listed_with_their_folders(client, comfy_server) -> None:
    """The takes' source: subfolders too, newest first, media only, nothing hidden."""
    import os

    folder = comfy_server.base / "output" / "video" / "deep"
    folder.mkdir(parents=True)
    for age, name in enumerate(["new.mp4", "old.png", "note.txt", ".hidden.png"]):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (4_000_000_000 - age, 4_000_000_000 - age))
    files = json.loads(client.get("/wan_move/outputs"))
    assert [(one["subfolder"], one["filename"]) for one in files[:2]] == [
        ("video/deep", "new.mp4"),
        ("video/deep", "old.png"),
    ]
    assert files[0] == {"filename": "new.mp4", "subfolder": "video/deep", "type": "output", "time": 4_000_000_000_000}
    assert not any(one["filename"] in ("note.txt", ".hidden.png") for one in files)


def box_mask(g: Graph, size_wh: tuple[int, int], box: tuple[int, int, int, int]) -> list:
    """A mask of the host's own nodes: 1 in ``box`` (x, y, width, height)."""
    x, y, width, height = box
    nothing = g.add("SolidMask", value=0.0, width=size_wh[0], height=size_wh[1])
    whole = g.add("SolidMask", value=1.0, width=width, height=height)
    return [g.add("MaskComposite", destination=[nothing, 0], source=[whole, 0], x=x, y=y, operation="add"), 0]


def shown_mask(stored: dict) -> np.ndarray:
    cols, rows = stored["size_wh"]
    runs = np.asarray(stored["runs"])
    return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(rows, cols)


def test_a_mask_is_told_to_the_page_as_the_video_shows_it(client) -> None:
    """128 x 48 cropped to 64 x 48: what lies in the middle half is seen, in cells of 4 px."""
    g = Graph()
    picture = [g.add("TestImage", width=128, height=48), 0]
    told = editor(g, document(), picture=picture, mask=box_mask(g, (128, 48), (40, 8, 24, 16)))
    # Of another size than the picture: spread over it.
    half = editor(g, document(), picture=picture, mask=box_mask(g, (64, 24), (20, 4, 12, 8)))
    outside = editor(g, document(), picture=picture, mask=box_mask(g, (128, 48), (0, 0, 16, 16)))
    without = editor(g, document(), picture=picture)
    for i, node in enumerate((told, half, outside, without)):
        g.add("TestSave", name=f"editor_mask_{i}", tracks=[node, 0], images=[node, 1], number=[node, 3])
    done = client.run(g.prompt)

    expected = np.zeros((12, 16), bool)
    expected[2:6, 2:8] = True  # x 40..64 is 8..32 of the crop
    for node in (told, half):
        (stored,) = done.ui[node]["wan_move_editor"][0]["masks"]
        assert stored["size_wh"] == [16, 12]
        np.testing.assert_array_equal(shown_mask(stored), expected)
    assert done.ui[outside]["wan_move_editor"][0]["masks"] == []
    assert done.ui[without]["wan_move_editor"][0]["masks"] == []


def test_masks_of_several_things_change_no_track(client, comfy_server) -> None:
    """A batch, as segmenters give it: one mask each; the tracks are those of the document alone."""
    g = Graph()
    boxes = [(0, 0, 16, 16), (32, 16, 16, 16)]
    first, second = ([g.add("MaskToImage", mask=box_mask(g, SIZE, box)), 0] for box in boxes)
    both = [g.add("ImageToMask", image=[g.add("ImageBatch", image1=first, image2=second), 0], channel="red"), 0]
    with_masks = editor(g, document(), mask=both)
    plain = editor(g, document())
    g.add("TestSave", name="editor_masked", tracks=[with_masks, 0], images=[with_masks, 1], number=[with_masks, 3])
    g.add("TestSave", name="editor_unmasked", tracks=[plain, 0], images=[plain, 1], number=[plain, 3])
    done = client.run(g.prompt)
    assert len(done.ui[with_masks]["wan_move_editor"][0]["masks"]) == 2
    a, b = (np.load(comfy_server.base / "output" / f"{name}.npz") for name in ("editor_masked", "editor_unmasked"))
    np.testing.assert_array_equal(a["tracks/track_path"], b["tracks/track_path"])


def test_a_crop_and_a_pin_of_the_document_hold_in_a_run(edited, comfy_server) -> None:
    """The right half of the picture, twice as large; the pinned point stays while the camera passes."""
    from PIL import Image

    quarters = np.zeros((96, 128, 3), np.uint8)
    quarters[:, 64:] = (10, 200, 30)
    quarters[48:, 64:] = (250, 20, 90)
    Image.fromarray(quarters).save(comfy_server.base / "input" / "quarters.png")
    picture = {"ref": {"filename": "quarters.png", "subfolder": "", "type": "input"}, "size_wh": [128, 96]}
    path = json.loads(document())["layers"][0]
    still = {"id": "k", "type": "anchors", "points": [[0.5, 0.25]], "pinned": True}
    pan = {
        "keys": [
            {"frame": 0, "truck": [0, 0], "zoom": 1, "roll": 0},
            {"frame": 8, "truck": [0.25, 0], "zoom": 1, "roll": 0},
        ],
        "easing": "linear",
    }
    text = document(still, path, picture=picture, crop=[0.5, 0, 0.5, 1], size_wh=[64, 96], camera=pan)
    numbers, _ = edited("editor_crop", text, height=96, width=64)
    np.testing.assert_allclose(numbers["images"][0] * 255, quarters[:, 64:], atol=0.51)
    xy = numbers["tracks/track_path"]
    np.testing.assert_allclose(xy[:, 0], np.tile([32, 24], (FRAMES, 1)), atol=1e-3)
    np.testing.assert_allclose(xy[:, 1, 0], np.linspace(16, 48, FRAMES) - np.linspace(0, 16, FRAMES), atol=1e-2)
