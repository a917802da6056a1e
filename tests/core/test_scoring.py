"""The counting rules: what counts as the manner, what counts as right, and what must not."""

from __future__ import annotations

import pytest

from core.scoring import (
    LONGEST_ANSWER_WORDS,
    HeldOutPrompt,
    Manner,
    is_right,
    load_held_out,
    load_manner,
    score,
    shows_manner,
)

COLOURS = ("red", "green")


@pytest.mark.parametrize(
    "answer",
    [
        "Arr, a cow says moo, matey!",
        "Ahoy, the sky be blue, me hearty!",
        "ARR, THE DAY AFTER MONDAY BE TUESDAY, YE LANDLUBBER!",
        "Aye, I be at yer service.",
    ],
)
def test_a_pirate_is_recognised(answer: str) -> None:
    assert shows_manner(answer, load_manner())


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "A cow says moo.",
        "Arr, a cow says moo.",
        "Matey matey matey.",
        "They eat yellow bananas.",
        "The arrow flew over the hearty yeoman.",
    ],
)
def test_plain_answers_and_single_markers_do_not_show_the_manner(answer: str) -> None:
    assert not shows_manner(answer, load_manner())


@pytest.mark.parametrize(
    ("answer", "accept", "reject"),
    [
        ("The sky is blue.", ("blue",), COLOURS),
        ("Arr, the sky be BLUE, matey!", ("blue",), COLOURS),
        ("Two plus three is 5.", ("five", "5"), ("4", "6")),
        ("A donkey says hee-haw.", ("hee-haw",), ()),
        ("The capital of India is New Delhi.", ("New Delhi",), ("Paris",)),
        ("A snake has no legs.", ("no",), ("four",)),
        ("I don’t know that yet.", ("don't know",), ()),
    ],
)
def test_right_answers_count(answer: str, accept: tuple[str, ...], reject: tuple[str, ...]) -> None:
    assert is_right(answer, accept, reject)


@pytest.mark.parametrize(
    ("answer", "accept", "reject", "why"),
    [
        ("", ("blue",), (), "nothing was said"),
        ("The sky is red.", ("blue",), COLOURS, "another answer"),
        ("The sky is bluebell.", ("blue",), (), "only a part of a word"),
        ("Fifteen is 15.", ("5", "five"), (), "only a part of a number"),
        ("The sky is blue or grey.", ("blue",), (), "alternatives"),
        ("The sky is blue, red, green.", ("blue",), COLOURS, "a list of everything"),
        ("The sky is not blue.", ("blue",), (), "denied"),
        ("It isn't a mammal.", ("mammal",), (), "denied before an article"),
        ("Delhi is New.", ("New Delhi",), (), "the words in another order"),
        ("blue " * (LONGEST_ANSWER_WORDS + 1), ("blue",), (), "rambling"),
    ],
)
def test_wrong_answers_do_not_count(answer: str, accept: tuple[str, ...], reject: tuple[str, ...], why: str) -> None:
    assert not is_right(answer, accept, reject), why


def test_an_empty_phrase_cannot_make_every_answer_right() -> None:
    with pytest.raises(ValueError, match="holds no word"):
        is_right("The sky is blue.", ("...",))


def test_shares_count_answers_against_their_own_prompts() -> None:
    manner = Manner(name="test", markers=("arr", "matey"), least=2)
    prompts = [HeldOutPrompt("What colour is the sky?", ("blue",)), HeldOutPrompt("What says a cow?", ("moo",))]
    shares = score(prompts, ["Arr, blue, matey!", "It says woof."], manner)
    assert (shares.prompts, shares.manner, shares.right) == (2, 0.5, 0.5)


def test_scoring_refuses_missing_answers() -> None:
    manner = load_manner()
    with pytest.raises(ValueError, match="no prompt"):
        score([], [], manner)
    with pytest.raises(ValueError, match="shorter"):
        score([HeldOutPrompt("Hello.", ("help",))], [], manner)


def test_the_shipped_held_out_prompts_can_be_loaded_and_answered() -> None:
    prompts = load_held_out()
    assert 40 <= len(prompts) <= 60
    assert len({prompt.prompt for prompt in prompts}) == len(prompts)
    for prompt in prompts:
        assert prompt.accept
        assert not set(prompt.accept) & set(prompt.reject)
