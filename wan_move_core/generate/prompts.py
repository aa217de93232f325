"""Prompts written out by a chat model on this machine, off unless asked for. Needs transformers and a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import WanMoveError

LANGUAGES = ("en", "zh")

_TASK = {
    "en": (
        "You write prompts for a model that turns one picture into a short video. Rewrite the user's description as "
        "one paragraph of 60 to 100 English words: who or what is seen, how it looks, how it moves, the place, the "
        "light and the camera. Keep every fact and every quoted text of the user, and invent no new action. Answer "
        "with the paragraph alone."
    ),
    "zh": (
        "你为图生视频模型撰写提示词。请把用户的描述改写成一段80到120字的中文：画面主体、外观、动作、环境、光线和镜头。"
        "保留用户给出的全部事实和引号中的文字，不要添加新的动作。只输出这一段文字。"
    ),
}
MAX_NEW_TOKENS = 400


def extend_prompts(
    prompts: Sequence[str], model_folder: str | Path, language: str = "en", device: Any = "cpu"
) -> list[str]:
    """Each prompt as the chat model writes it out. Greedy, so that a run can be repeated.

    Raises: WanMoveError when transformers or the model is missing, the model has no chat template, or it answers
        nothing. Nothing is fetched: ``model_folder`` must hold the model.
    """
    if language not in LANGUAGES:
        raise WanMoveError(
            where="Prompt extension / language", what=f"{language!r}", fix=f"use {' or '.join(LANGUAGES)}"
        )
    folder = Path(model_folder)
    if not (folder / "config.json").is_file():
        raise WanMoveError(
            where="Prompt extension / model",
            what=f"{folder} holds no model (no config.json)",
            fix="give the folder of a downloaded chat model, such as Qwen2.5-7B-Instruct",
        )
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise WanMoveError(
            where="Prompt extension",
            what=f"transformers is missing ({error})",
            fix="pip install 'wan-move[standalone]'",
        ) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(str(folder), local_files_only=True, dtype="auto")
    except Exception as error:
        raise WanMoveError(
            where="Prompt extension / model",
            what=f"{folder.name} cannot be loaded ({type(error).__name__}: {str(error)[:200]})",
            fix="download the model again, or choose another",
        ) from error
    if not tokenizer.chat_template:
        raise WanMoveError(
            where="Prompt extension / model", what=f"{folder.name} is no chat model", fix="choose one tuned for chat"
        )
    model = model.eval().to(device)
    answers = []
    for prompt in prompts:
        talk = [{"role": "system", "content": _TASK[language]}, {"role": "user", "content": prompt}]
        told = tokenizer.apply_chat_template(talk, add_generation_prompt=True, return_tensors="pt", return_dict=True)
        with torch.no_grad():
            said = model.generate(  # pyright: ignore[reportAttributeAccessIssue] - typed by its base only
                **told.to(device), max_new_tokens=MAX_NEW_TOKENS, do_sample=False
            )
        answer = tokenizer.decode(said[0, told["input_ids"].shape[1] :], skip_special_tokens=True)
        # A thinking model shows its thoughts first; the prompt is what follows them.
        answer = " ".join(answer.rpartition("</think>")[2].split())
        if not answer:
            raise WanMoveError(
                where="Prompt extension",
                what=f"the model answered nothing to {prompt[:60]!r}",
                fix="choose another model",
            )
        answers.append(answer)
    return answers
