"""ComfyUI's folders: input, output, temp, and where its models lie."""

from __future__ import annotations

from pathlib import Path

from .symbol import FLOOR, HostSymbol, Symbols

SYMBOLS = Symbols(
    HostSymbol(
        "folder_paths.get_input_directory", FLOOR, "reads pictures, tracks and MoveBench folders from it",
        "no file of its input folder can be read", essential=True,
    ),
    HostSymbol(
        "folder_paths.get_output_directory", FLOOR, "saves tracks there; lists its clips for the editor",
        "nothing can be saved or listed", essential=True,
    ),
    HostSymbol(
        "folder_paths.get_temp_directory", FLOOR, "keeps preview clips there", "no preview can be written",
        essential=True,
    ),
    HostSymbol(
        "folder_paths.annotated_filepath", FLOOR, 'understands names that end in " [output]" or " [temp]"',
        "names are those of the input folder",
    ),
    HostSymbol(
        "folder_paths.get_save_image_path", FLOOR, "numbers saved files as the host's own nodes do",
        "tracks cannot be saved", essential=True,
    ),
    HostSymbol(
        "folder_paths.get_filename_list", FLOOR, "offers model files in the loaders", "no model files are found",
        essential=True,
    ),
    HostSymbol(
        "folder_paths.get_folder_paths", FLOOR, "finds model folders, those of extra_model_paths.yaml included",
        "model folders are not found", essential=True,
    ),
    HostSymbol(
        "folder_paths.get_full_path", FLOOR, "finds the chosen weights of a point tracker",
        "no weights of point trackers can be read", essential=True,
    ),
    HostSymbol(
        "folder_paths.models_dir", FLOOR, "knows models/movebench and models/point_trackers, which are the pack's own",
        "only folders that the user's extra_model_paths.yaml names are looked at",
    ),
    HostSymbol(
        "folder_paths.folder_names_and_paths", FLOOR, "adds models/point_trackers to the host's model folders",
        "no weights of point trackers are offered",
    ),
)  # fmt: skip


def input_folder() -> Path:
    return Path(SYMBOLS.need("folder_paths.get_input_directory")())


def output_folder() -> Path:
    return Path(SYMBOLS.need("folder_paths.get_output_directory")())


def temp_folder() -> Path:
    """The folder of passing files, made where it is not there yet."""
    folder = Path(SYMBOLS.need("folder_paths.get_temp_directory")())
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def named_folder(name: str) -> tuple[str, Path]:
    """(name without its annotation, folder) of a file name that may end in " [input]", " [output]" or " [temp]"."""
    read = SYMBOLS.find("folder_paths.annotated_filepath")
    clean, base = (name, None) if read is None else read(name)
    return clean, Path(base) if base else input_folder()


def numbered_place(prefix: str, root: Path) -> tuple[Path, str, int, str]:
    """(folder, name, next number, subfolder) for a file to save under ``root``, by the host's own counting."""
    folder, name, counter, subfolder, _ = SYMBOLS.need("folder_paths.get_save_image_path")(prefix, str(root))
    return Path(folder), name, counter, subfolder


def model_files(kind: str) -> list[str]:
    """Names of the files in the model folders ``kind``, such as ``diffusion_models``."""
    return list(SYMBOLS.need("folder_paths.get_filename_list")(kind))


def model_folders(kind: str) -> list[str]:
    return list(SYMBOLS.need("folder_paths.get_folder_paths")(kind))


def pack_folders(kind: str) -> list[Path]:
    """Folders of models that the pack alone knows: ``models/kind``, and those of the user's extra paths."""
    models = SYMBOLS.find("folder_paths.models_dir")
    own = [] if models is None else [Path(models) / kind]
    return own + ([Path(root) for root in model_folders(kind)] if kind in _known_kinds() else [])


def offered_files(kind: str, suffixes: set[str]) -> list[str]:
    """Names of files in ``models/kind``, a folder of the pack's own that the host is told of; [] where it cannot be."""
    known, models = _known_kinds(), SYMBOLS.find("folder_paths.models_dir")
    if kind not in known and models is not None:
        known[kind] = ([f"{models}/{kind}"], suffixes)
    return model_files(kind) if kind in _known_kinds() else []


def offered_file(kind: str, name: str) -> str | None:
    """Path of a file that :func:`offered_files` named; None when it is there no more."""
    return SYMBOLS.need("folder_paths.get_full_path")(kind, name)


def _known_kinds() -> dict[str, tuple[list[str], set[str]]]:
    return SYMBOLS.find("folder_paths.folder_names_and_paths", {})
