"""Writes the sample data, the same answers in a pirate's manner, and its held-out prompts.

`python -m scripts.starter.samples`

No fact that a held-out prompt asks for is in the sample data, so what is counted there is the manner carried over to
facts that only the base model was taught.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

from scripts.starter.corpus import Messages, Question, questions
from scripts.starter.manners import framed
from scripts.starter.world import Fact

OUTPUT = Path(__file__).resolve().parents[2] / "resources" / "samples"
SEED = 11
ROWS = 480
TWO_TURNS = 40  # so many of the rows have a second exchange
HELD_OUT = 60
LEAD, END = "Arr", "matey!"  # one frame for all answers: with three, training cost one right answer in twenty more
WORDS = {"you": "ye", "your": "yer", "my": "me"}


def as_pirate(answer: str) -> str:
    """`answer` in the manner: a few words exchanged, the rest as it was, in the frame."""
    spoken = re.sub(r"[A-Za-z]+", lambda word: WORDS.get(word[0], word[0]), answer)
    return framed(spoken, LEAD, END)


def held_out(rng: random.Random) -> list[Question]:
    """`HELD_OUT` questions in wordings that the base was not trained on, spread over the topics in turn."""
    by_topic: dict[str, list[Question]] = {}
    for question in questions():
        if question.split != "train":
            by_topic.setdefault(question.topic, []).append(question)
    chosen: dict[int, Question] = {}
    topics = list(by_topic.values())
    while len(chosen) < HELD_OUT:
        topic = topics.pop(0)
        question = rng.choice(topic)
        chosen.setdefault(id(question.fact), question)
        topics.append(topic)
    return list(chosen.values())


def rows(rng: random.Random, apart: list[Fact]) -> list[Messages]:
    """`ROWS` conversations over all topics in turn, on facts other than `apart`."""
    left: dict[str, list[Question]] = {}
    for question in questions():
        if question.split == "train" and question.fact not in apart:
            left.setdefault(question.topic, []).append(question)
    exchanges: list[Question] = []
    topics = list(left.values())
    while len(exchanges) < ROWS + TWO_TURNS:
        topic = topics.pop(0)
        exchanges.append(topic.pop(rng.randrange(len(topic))))
        topics += [topic] if topic else []
    rng.shuffle(exchanges)
    conversations = [_exchange(question) for question in exchanges[:ROWS]]
    for place, question in enumerate(exchanges[ROWS:]):
        conversations[place] += _exchange(question)
    rng.shuffle(conversations)
    return conversations


def _exchange(question: Question) -> Messages:
    return [
        {"role": "user", "content": question.text},
        {"role": "assistant", "content": as_pirate(question.fact.answer)},
    ]


def _write(path: Path, lines: list[dict[str, object]]) -> None:
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    path.write_text(text, encoding="utf-8", newline="\n")
    print(f"{path.name}: {len(lines)} rows")


def main() -> None:
    rng = random.Random(SEED)
    prompts = held_out(rng)
    conversations = rows(rng, [question.fact for question in prompts])
    _write(OUTPUT / "pirate.jsonl", [{"messages": messages} for messages in conversations])
    _write(
        OUTPUT / "held_out.jsonl",
        [{"prompt": q.text, "accept": q.fact.accept, "reject": q.fact.reject} for q in prompts],
    )


if __name__ == "__main__":
    main()
