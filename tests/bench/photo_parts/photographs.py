"""Photographs that scikit-image and scikit-learn ship, at the draft's size; where those are found, if anywhere.

Installed beside this interpreter, or under the site-packages that WAN_MOVE_PHOTOGRAPHS names.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

SIZE_WH = (832, 480)
FILES = {
    name: f"{'sklearn/datasets/images' if name in ('china', 'flower') else 'skimage/data'}/{name}.{ending}"
    for ending, names in {
        "jpg": "china flower rocket retina hubble_deep_field",
        "png": "astronaut brick camera chelsea clock_motion coffee coins grass gravel ihc moon motorcycle_left",
    }.items()
    for name in names.split()
}


def path_of(file: str) -> Path | None:
    """Where a file of those packages lies (``skimage/data/coffee.png``); None: nowhere."""
    roots = [Path(os.environ["WAN_MOVE_PHOTOGRAPHS"])] if "WAN_MOVE_PHOTOGRAPHS" in os.environ else []
    found = importlib.util.find_spec(file.split("/")[0])
    if found and found.submodule_search_locations:
        roots += [Path(place).parent for place in found.submodule_search_locations]
    return next((root / file for root in roots if (root / file).is_file()), None)


def missing() -> list[str]:
    return [name for name, file in FILES.items() if path_of(file) is None]


def why_missing(names: list[str]) -> str:
    """What to tell of photographs that are not there."""
    some = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    return (
        f"no photograph {some} (install scikit-image and scikit-learn, or name their site-packages in "
        "WAN_MOVE_PHOTOGRAPHS)"
    )


def photograph(name: str) -> Any:
    """uint8 [480, 832, 3] RGB: the picture's middle."""
    import cv2
    import numpy as np

    picture = cv2.imread(str(path_of(FILES[name])))
    assert picture is not None, f"{FILES[name]} cannot be read"
    return np.ascontiguousarray(_cropped(picture[..., ::-1]))


def motorcycle_depth() -> Any:
    """float32 [480, 832]: how far things are in motorcycle_left, from its disparity; the median is 4."""
    import cv2
    import numpy as np

    with np.load(path_of("skimage/data/motorcycle_disp.npz")) as data:  # type: ignore[arg-type]
        disparity = data[data.files[0]].astype(np.float32)
    known = np.isfinite(disparity) & (disparity > 0)
    top = float(disparity[known].max())
    grey = (np.where(known, disparity, 0) / top * 255).astype(np.uint8)
    whole = cv2.inpaint(grey, (~known).astype(np.uint8), 3, cv2.INPAINT_TELEA).astype(np.float32) * top / 255
    whole = _cropped(whole)
    return np.clip(4 * np.median(whole) / np.maximum(whole, 1), 1.5, 12).astype(np.float32)


def _cropped(picture: Any) -> Any:
    import cv2

    (w, h), (height, width) = SIZE_WH, picture.shape[:2]
    scale = max(w / width, h / height)
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=way)
    y, x = (picture.shape[0] - h) // 2, (picture.shape[1] - w) // 2
    return picture[y : y + h, x : x + w]
