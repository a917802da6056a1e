"""The generator and the sample data: the same every time, and nothing held out is ever trained on."""

from __future__ import annotations

import itertools
import json
from importlib import resources
from pathlib import Path

import pytest

from core.scoring import is_right, load_held_out, load_manner, shows_manner
from scripts.starter import samples
from scripts.starter.corpus import Question, Writer, plain, questions
from scripts.starter.world import Fact, load_world

SAMPLES = Path(str(resources.files("resources") / "samples"))


@pytest.fixture(scope="module")
def asked() -> tuple[Question, ...]:
    return questions()


@pytest.fixture(scope="module")
def facts() -> list[tuple[str, Fact]]:
    return [(topic.name, fact) for topic in load_world() for fact in topic.facts]


def sample_conversations() -> list[list[dict[str, str]]]:
    lines = (SAMPLES / "pirate.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["messages"] for line in lines]


def turns(conversations: list[list[dict[str, str]]], role: str) -> list[str]:
    return [turn["content"] for messages in conversations for turn in messages if turn["role"] == role]


def test_one_seed_writes_one_text() -> None:
    first, again, other = (list(itertools.islice(Writer(seed).conversations(), 300)) for seed in (5, 5, 6))
    assert first == again
    assert first != other


def test_held_out_questions_are_not_in_the_training_text(asked: tuple[Question, ...]) -> None:
    held_out = {plain(question.text) for question in asked if question.split != "train"}
    assert len(held_out) > 1000
    written = turns(list(itertools.islice(Writer(1).conversations(), 6000)), "user")
    assert len(written) > 6000
    assert not held_out & {plain(text) for text in written}


def test_no_trained_question_ends_with_a_held_out_one(asked: tuple[Question, ...]) -> None:
    trained = "".join(f" {plain(question.text)}\n" for question in asked if question.split == "train")
    some = [question.text for question in asked if question.split != "train"][::10]
    assert len(some) > 200
    contained = [text for text in some if f" {plain(text)}\n" in trained]
    assert not contained


def test_every_fact_is_answered_rightly_by_its_own_answer(facts: list[tuple[str, Fact]]) -> None:
    assert len(facts) > 1000
    for _, fact in facts:
        assert is_right(fact.answer, fact.accept, fact.reject), fact


def test_one_question_has_one_answer(facts: list[tuple[str, Fact]]) -> None:
    given: dict[str, str] = {}
    for _, fact in facts:
        for text in fact.wordings + fact.held_out_wordings:
            assert given.setdefault(plain(text), fact.answer) == fact.answer, text


def test_sample_prompts_and_held_out_prompts_are_apart() -> None:
    conversations = sample_conversations()
    assert 300 <= len(conversations) <= 500
    taught = {plain(text) for text in turns(conversations, "user")}
    assert not taught & {plain(prompt.prompt) for prompt in load_held_out()}


def test_sample_answers_show_the_manner_and_plain_ones_do_not(facts: list[tuple[str, Fact]]) -> None:
    manner = load_manner()
    spoken = turns(sample_conversations(), "assistant")
    assert all(shows_manner(answer, manner) for answer in spoken)
    assert not any(shows_manner(fact.answer, manner) for _, fact in facts)


def test_the_manner_leaves_an_answer_right(facts: list[tuple[str, Fact]]) -> None:
    for _, fact in facts:
        answer = samples.as_pirate(fact.answer)
        assert is_right(answer, fact.accept, fact.reject), answer


def test_the_sample_data_is_what_its_script_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "OUTPUT", tmp_path)
    samples.main()
    for name in ("pirate.jsonl", "held_out.jsonl"):
        assert (tmp_path / name).read_bytes() == (SAMPLES / name).read_bytes()
