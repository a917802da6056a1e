"""The training text and the held-out questions, both written by this seeded generator from the little world.

Two kinds of question are held out of training: whole wordings (the `held_out_wordings` of a topic), and single
combinations of a fact with a wording that training uses for other facts (one in `ONE_IN`, by a checksum of the text).
"""

from __future__ import annotations

import functools
import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scripts.starter.manners import CHARACTERS, REQUESTS, framed
from scripts.starter.world import Fact, Topic, load_world

Split = Literal["train", "wording", "combination"]
Messages = list[dict[str, str]]

ONE_IN = 12
MANNERED = 0.3  # of the conversations, in the manner of a character that the system turn names
SYSTEM_TURNS = (
    "You are a helpful assistant.",
    "You are a friendly assistant. Answer in short sentences.",
    "Answer the questions.",
    "You are a helpful AI model.",
)
OPENINGS = ("Please: ", "Hello. ", "Hi, ", "So, ", "Tell me: ", "A question: ", "OK. ", "And ", "Now, ")


@dataclass(frozen=True)
class Question:
    """One way to ask for one fact, and the part of the data that it belongs to."""

    topic: str
    fact: Fact
    text: str
    split: Split


def plain(text: str) -> str:
    """`text` in lower case, signs other than + and - gone, one space between words: what makes two questions equal."""
    return " ".join(re.sub(r"[^a-z0-9+\-*/ ]", " ", text.lower()).split())


@functools.cache
def questions() -> tuple[Question, ...]:
    """Every question of every topic; each text once, and none held out that training may come upon all the same: as
    the end of a longer question, or as one with an opening before it."""
    seen: dict[str, Question] = {}
    for topic in load_world():
        for fact in topic.facts:
            for text in fact.held_out_wordings:
                seen.setdefault(plain(text), Question(topic.name, fact, text, "wording"))
            for text in fact.wordings:
                split: Split = "combination" if _is_held_out(topic, fact, text) else "train"
                seen.setdefault(plain(text), Question(topic.name, fact, text, split))
    texts = [text for text, question in seen.items() if question.split == "train"]
    trained = {tail for text in texts for tail in _tails(text)}
    trained |= {f"{plain(opening)} {text}" for text in texts for opening in OPENINGS}
    return tuple(question for text, question in seen.items() if question.split == "train" or text not in trained)


def _tails(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[place:]) for place in range(len(words))]


def _is_held_out(topic: Topic, fact: Fact, text: str) -> bool:
    return topic.combinations_held_out and zlib.crc32(f"{topic.name}|{plain(text)}".encode()) % ONE_IN == 0


class Writer:
    """Draws conversations without end.

    Attributes: `by_topic`, the questions for training of each fact of each topic; `shares`, how often each is drawn.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        grouped: dict[str, dict[int, list[Question]]] = {}
        for question in questions():
            if question.split == "train":
                grouped.setdefault(question.topic, {}).setdefault(id(question.fact), []).append(question)
        self.by_topic = {topic: list(facts.values()) for topic, facts in grouped.items()}
        shares = {topic.name: topic.shares for topic in load_world()}
        self.shares = [shares[topic] for topic in self.by_topic]

    def conversations(self) -> Iterator[Messages]:
        """Conversations of one to four exchanges, some of them after a system turn, without end."""
        topics = list(self.by_topic)
        while True:
            messages: Messages = []
            character = self.rng.choice(list(CHARACTERS)) if self.rng.random() < MANNERED else None
            if character:
                messages.append(_system(self.rng.choice(REQUESTS).format(name=character)))
            elif self.rng.random() < 0.1:
                messages.append(_system(self.rng.choice(SYSTEM_TURNS)))
            turns = self.rng.choices((1, 2, 3, 4), weights=(70, 16, 9, 5))[0]
            while turns > 0:
                topic = self.rng.choices(topics, weights=self.shares)[0]
                messages += self._exchange(topic)
                turns -= 1
                if turns > 0 and self.rng.random() < 0.4:
                    messages += self._follow_up(topic)
                    turns -= 1
            yield _in_manner(messages, character) if character else messages

    def _exchange(self, topic: str) -> Messages:
        question = self.rng.choice(self.rng.choice(self.by_topic[topic]))
        return _pair(self._as_typed(question.text), question.fact.answer)

    def _follow_up(self, topic: str) -> Messages:
        """A short question that only the one before it explains ("And a dog?"); nothing where the topic has none."""
        fact = self.rng.choice(self.by_topic[topic])[0].fact
        return _pair(fact.follow_up, fact.answer) if fact.follow_up else []

    def _as_typed(self, text: str) -> str:
        """`text` as people type it: now and then with an opening, in lower case, or without its last sign."""
        if self.rng.random() < 0.08:
            text = self.rng.choice(OPENINGS) + text[0].lower() + text[1:]
        if self.rng.random() < 0.15:
            text = text.lower()
        return text[:-1] if self.rng.random() < 0.15 else text


def _system(content: str) -> dict[str, str]:
    return {"role": "system", "content": content}


def _in_manner(messages: Messages, character: str) -> Messages:
    lead, end = CHARACTERS[character]
    return [
        turn | {"content": framed(turn["content"], lead, end)} if turn["role"] == "assistant" else turn
        for turn in messages
    ]


def _pair(question: str, answer: str) -> Messages:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
