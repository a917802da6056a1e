"""Counts the starter model's right answers on held-out questions: `python -m scripts.starter.evaluate`.

The rule is `core.scoring.is_right`; decoding is greedy. The result goes to `resources/starter/evaluation.json` together
with the sha256 of the weights that it was counted on. Exits with 1 below `LEAST_SHARE`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from core.scoring import is_right, load_held_out, load_manner, score, shows_manner
from scripts.starter.corpus import Question, questions
from scripts.starter.train import OUTPUT, THREADS

LEAST_SHARE = 0.85
SEED = 3
MOST_PER_TOPIC = 15  # of each of the two kinds of held-out question
ROWS = 64
MAX_NEW_TOKENS = 48


def chosen_questions() -> list[Question]:
    """At most `MOST_PER_TOPIC` questions of each topic and kind, drawn by `SEED`."""
    groups: dict[tuple[str, str], list[Question]] = {}
    for question in questions():
        if question.split != "train":
            groups.setdefault((question.topic, question.split), []).append(question)
    rng = random.Random(SEED)
    return [q for group in groups.values() for q in rng.sample(group, min(MOST_PER_TOPIC, len(group)))]


@torch.inference_mode()
def answers(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str], rows: int = ROWS
) -> list[str]:
    """The model's greedy answer to each prompt, asked alone in a conversation of its own; `rows` prompts at a time."""
    tokenizer.padding_side = "left"
    spoken: list[str] = []
    for start in range(0, len(prompts), rows):
        conversations = [[{"role": "user", "content": prompt}] for prompt in prompts[start : start + rows]]
        inputs = tokenizer.apply_chat_template(
            conversations, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        output = model.generate(**inputs, do_sample=False, max_new_tokens=MAX_NEW_TOKENS)
        new = output[:, inputs["input_ids"].shape[1] :]
        spoken += [text.strip() for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
    return spoken


def evaluate(folder: Path) -> tuple[dict[str, Any], list[tuple[Question, str]]]:
    """The counts as plain data, and the wrong answers with their questions."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    asked = chosen_questions()
    replies = answers(model, tokenizer, [question.text for question in asked])
    topics: dict[str, dict[str, int]] = {}
    kinds: dict[str, dict[str, int]] = {}
    wrong = []
    for question, reply in zip(asked, replies, strict=True):
        right = is_right(reply, question.fact.accept, question.fact.reject)
        wrong += [] if right else [(question, reply)]
        for table, key in ((topics, question.topic), (kinds, question.split)):
            counts = table.setdefault(key, {"asked": 0, "right": 0})
            counts["asked"] += 1
            counts["right"] += right
    manner, held_out = load_manner(), load_held_out()
    sample = score(held_out, answers(model, tokenizer, [prompt.prompt for prompt in held_out]), manner)
    result = {
        "rule": "core.scoring.is_right, greedy decoding",
        "model_sha256": hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest(),
        "asked": len(asked),
        "right": len(asked) - len(wrong),
        "share": round(1 - len(wrong) / len(asked), 4),
        "manner_share": round(sum(shows_manner(reply, manner) for reply in replies) / len(asked), 4),
        "sample_prompts": {"asked": sample.prompts, "right_share": sample.right, "manner_share": sample.manner},
        "kinds": kinds,
        "topics": topics,
    }
    return result, wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=OUTPUT)
    folder = parser.parse_args().model
    torch.set_num_threads(THREADS)
    result, wrong = evaluate(folder)
    (folder / "evaluation.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8", newline="\n")
    for question, reply in wrong:
        print(f"wrong ({question.topic}): {question.text} -> {reply}")
    print(f"{result['right']} of {result['asked']} right: {result['share']:.1%}")
    return 0 if result["share"] >= LEAST_SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
