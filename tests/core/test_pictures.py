"""Pictures as a viewer shows them: written by Pillow, read by us."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest

from wan_move_core.errors import WanMoveError
from wan_move_core.geometry import Fit
from wan_move_core.pictures import fit_picture, lay_over, read_picture, write_png

Image = pytest.importorskip("PIL.Image")


def _random(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def _save(tmp_path, image, name, **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def test_rgb_is_read_as_it_is(tmp_path):
    picture = _random((13, 21, 3))
    path = write_png(tmp_path / "deep" / "a.png", picture)
    assert np.array_equal(read_picture(path), picture)
    assert np.array_equal(np.asarray(Image.open(path)), picture)
    assert [p.name for p in path.parent.iterdir()] == ["a.png"]


def test_grey_is_repeated(tmp_path):
    grey = _random((9, 7))
    read = read_picture(_save(tmp_path, Image.fromarray(grey), "g.png"))
    assert np.array_equal(read, np.repeat(grey[..., None], 3, -1))


def test_sixteen_bits_are_rounded(tmp_path):
    grey = np.array([[0, 128, 129, 257, 32896, 65535]], np.uint16)
    read = read_picture(_save(tmp_path, Image.fromarray(grey), "g16.png"))
    assert read[0, :, 0].tolist() == [round(int(v) / 257) for v in grey[0]]


def test_transparency_lies_over_the_background(tmp_path):
    rgba = _random((8, 10, 4))
    path = _save(tmp_path, Image.fromarray(rgba), "a.png")
    for background in ((255, 255, 255), (10, 200, 30)):
        alpha = rgba[..., 3:] / 255
        expected = rgba[..., :3] * alpha + np.asarray(background) * (1 - alpha)
        assert np.abs(read_picture(path, background) - expected).max() <= 0.51


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_camera_orientation_is_applied(tmp_path, orientation, kind):
    """PNG with transparency takes our own path, JPEG OpenCV's; Pillow's ImageOps says what is right for both."""
    ops = pytest.importorskip("PIL.ImageOps")
    picture = _random((12, 20, 4 if kind == "PNG" else 3), seed=orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = _save(tmp_path, Image.fromarray(picture), f"o.{kind.lower()}", format=kind, exif=exif.tobytes())
    shown = np.asarray(ops.exif_transpose(Image.open(path)).convert("RGBA")).astype(float)
    expected = shown[..., :3] * shown[..., 3:] / 255 + 255 - shown[..., 3:]
    read = read_picture(path)
    assert read.shape == expected.shape
    assert np.abs(read - expected).max() <= (1 if kind == "PNG" else 6)


def test_cmyk_is_converted(tmp_path):
    path = _save(tmp_path, Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "c.jpg", quality=95)
    assert np.abs(read_picture(path)[16, 16].astype(int) - (255, 0, 0)).max() <= 3


@pytest.mark.parametrize("name", ["a.webp", "a.bmp", "a.tiff"])
def test_other_kinds(tmp_path, name):
    picture = _random((16, 12, 3))
    options = {"lossless": True} if name.endswith("webp") else {}
    assert np.array_equal(read_picture(_save(tmp_path, Image.fromarray(picture), name, **options)), picture)


def test_errors_say_what_to_do(tmp_path):
    with pytest.raises(WanMoveError, match=r"none\.png: cannot be read .* Fix: check the picture's path\."):
        read_picture(tmp_path / "none.png")
    (tmp_path / "empty.png").write_bytes(b"")
    with pytest.raises(WanMoveError, match="the file is empty"):
        read_picture(tmp_path / "empty.png")
    (tmp_path / "text.png").write_bytes(b"not a picture at all")
    with pytest.raises(WanMoveError, match=r"not a picture that can be read, or damaged\. Fix: save it as JPEG, PNG"):
        read_picture(tmp_path / "text.png")
    with pytest.raises(WanMoveError, match=r"cannot be written .* Fix: choose another folder"):
        write_png(tmp_path / "text.png" / "a.png", _random((4, 4, 3)))


def test_huge_pictures_are_refused_before_they_are_unpacked(tmp_path):
    small = io.BytesIO()
    Image.new("L", (8, 8)).save(small, "PNG")
    data = bytearray(small.getvalue())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    (tmp_path / "bomb.png").write_bytes(bytes(data))
    with pytest.raises(WanMoveError, match="60000x60000 is more than 100 megapixels"):
        read_picture(tmp_path / "bomb.png")


def test_random_bytes_never_crash(tmp_path):
    rng = np.random.default_rng(3)
    whole = write_png(tmp_path / "w.png", _random((20, 20, 3))).read_bytes()
    for i in range(60):
        data = bytearray(whole[: int(rng.integers(1, len(whole)))])
        data[int(rng.integers(0, len(data)))] ^= 0xFF
        path = tmp_path / "f.png"
        path.write_bytes(bytes(data))
        with contextlib.suppress(WanMoveError):
            assert read_picture(path).shape[2] == 3, i


def test_fit_moves_the_picture_as_geometry_says():
    picture = _random((30, 40, 3))
    cropped = fit_picture(picture, Fit.make("crop", (40, 30), (30, 30)))
    assert np.array_equal(cropped, picture[:, 5:35])
    same = fit_picture(picture, Fit.make("crop", (40, 30), (40, 30)))
    assert np.array_equal(same, picture) and same is not picture


def test_lay_over_is_the_over_operator():
    rng = np.random.default_rng(1)
    alpha = rng.random((6, 5, 1))
    colour = rng.random((6, 5, 3))
    layer = (np.concatenate([colour * alpha, alpha], -1) * 255 + 0.5).astype(np.uint8)
    rgb = _random((6, 5, 3), 2)
    expected = colour * alpha * 255 + rgb * (1 - alpha)
    assert np.abs(lay_over(layer, rgb) - expected).max() <= 2
    rgba = np.dstack([rgb, np.full((6, 5), 255, np.uint8)])
    over = lay_over(layer, rgba)
    assert np.abs(over[..., :3] - expected).max() <= 2 and (over[..., 3] >= 254).all()
    clear = np.zeros((6, 5, 4), np.uint8)
    over = lay_over(layer, clear)
    assert np.abs(over[..., 3] - alpha[..., 0] * 255).max() <= 1
    solid = alpha[..., 0] > 0.2
    assert np.abs(over[..., :3].astype(float) - colour * 255)[solid].max() <= 6
