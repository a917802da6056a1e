"""Conversations as the model sees them: the chat template applied, the assistant's words marked, the rest masked.

Training, inspection and chat all come through here, so what is trained on is what is asked with.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from core.data.report import Turn
from core.engine.chat_template import DEFAULT_CHAT_TEMPLATE, MaskMethod, Span, template_of
from core.errors import TunesmithError

__all__ = [
    "DEFAULT_CHAT_TEMPLATE",
    "Encoded",
    "Marked",
    "chat_template_of",
    "encode",
    "encode_all",
    "mark_all",
    "mask_method",
    "prompt_ids",
]

BATCH_ROWS = 256


@dataclass(frozen=True, slots=True)
class Encoded:
    """One conversation as tokens, at most `max_seq_length` of them.

    Attributes:
        input_ids: the tokens that the model sees.
        trained: for each of them whether the loss counts it.
        cut_tokens: how many more there were before truncation.
    """

    input_ids: list[int]
    trained: list[bool]
    cut_tokens: int


@dataclass(frozen=True, slots=True)
class Marked:
    """One conversation before truncation.

    Attributes:
        text: as the template renders it.
        input_ids, trained: as in `Encoded`.
        ends: for each token the position in `text` where it ends; None where the tokenizer does not tell.
    """

    text: str
    input_ids: list[int]
    trained: list[bool]
    ends: list[int] | None


def chat_template_of(tokenizer: Any) -> str:
    """The tokenizer's chat template in Jinja, or `DEFAULT_CHAT_TEMPLATE` where it has none.

    Raises:
        TunesmithError: `data.template_unusable` if it has neither a template nor an end-of-sequence token.
    """
    return template_of(tokenizer).source


def mask_method(tokenizer: Any) -> MaskMethod:
    """How the assistant's words are found with this tokenizer's template."""
    return template_of(tokenizer).mask_method


def prompt_ids(tokenizer: Any, turns: Sequence[Turn]) -> list[int]:
    """`turns`, the last of them the user's, as tokens, with the template's invitation to the assistant to answer.

    Whether a system turn is folded is decided as in training, by the conversation with its answer.

    Raises:
        TunesmithError: `data.template_unusable`.
    """
    template = template_of(tokenizer)
    answered = template.accepted([*turns, Turn("assistant", "…")])
    text = template.render(answered[:-1], add_generation_prompt=True)
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def encode(tokenizer: Any, turns: Sequence[Turn], max_seq_length: int) -> Encoded:
    """One conversation as tokens with the assistant's words marked, cut at the right to `max_seq_length`.

    Raises:
        TunesmithError: `data.template_unusable`.
    """
    return next(encode_all(tokenizer, [turns], max_seq_length))


def encode_all(
    tokenizer: Any, conversations: Sequence[Sequence[Turn]], max_seq_length: int, *, places: Sequence[str] = ()
) -> Iterator[Encoded]:
    """As `encode`, for many conversations in their order, tokenised `BATCH_ROWS` at a time, which is much faster.

    Args:
        places: what to call each conversation in an error, for example `line 17`.

    Raises:
        TunesmithError: `data.template_unusable`, from the iterator.
    """
    for marked in mark_all(tokenizer, conversations, places=places):
        yield Encoded(
            input_ids=marked.input_ids[:max_seq_length],
            trained=marked.trained[:max_seq_length],
            cut_tokens=max(0, len(marked.input_ids) - max_seq_length),
        )


def mark_all(
    tokenizer: Any, conversations: Sequence[Sequence[Turn]], *, places: Sequence[str] = ()
) -> Iterator[Marked]:
    """Each conversation rendered, tokenised and marked, untruncated.

    Raises:
        TunesmithError: `data.template_unusable`, from the iterator.
    """
    template = template_of(tokenizer)
    for first in range(0, len(conversations), BATCH_ROWS):
        batch: list[tuple[str, list[Span]]] = []
        for row, turns in enumerate(conversations[first : first + BATCH_ROWS], start=first):
            try:
                batch.append(template.render_answers(turns))
            except TunesmithError as error:
                error.where = places[row] if places else error.where
                raise
        yield from _tokenised(tokenizer, batch)


def _tokenised(tokenizer: Any, batch: list[tuple[str, list[Span]]]) -> Iterator[Marked]:
    if not tokenizer.is_fast:
        for text, answers in batch:
            yield _marked_by_counting(tokenizer, text, answers)
        return
    encoding = tokenizer(
        [text for text, _ in batch],
        add_special_tokens=False,
        return_offsets_mapping=True,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    for row, (text, answers) in enumerate(batch):
        ends = _ends(encoding["offset_mapping"][row])
        yield Marked(text=text, input_ids=encoding["input_ids"][row], trained=_within(ends, answers), ends=ends)


def _marked_by_counting(tokenizer: Any, text: str, answers: list[Span]) -> Marked:
    """For tokenizers that do not tell where a token lies: count those before and through an answer."""

    def count(end: int) -> int:
        return len(tokenizer(text[:end], add_special_tokens=False)["input_ids"])

    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    trained = [False] * len(ids)
    for start, end in answers:
        for token in range(count(start), min(count(end), len(ids))):
            trained[token] = True
    return Marked(text=text, input_ids=ids, trained=trained, ends=None)


def _ends(offsets: Sequence[Span]) -> list[int]:
    """Where each token ends; it begins where the one before ends, whatever spaces a tokenizer trims off its offsets."""
    return list(accumulate([end for _, end in offsets], max))


def _within(ends: list[int], answers: list[Span]) -> list[bool]:
    """For each token whether it lies in an answer, if only with a part."""
    trained = [False] * len(ends)
    for start, end in answers:
        first, after = bisect_right(ends, start), bisect_right(ends, end)
        if after < len(ends) and (ends[after - 1] if after else 0) < end:
            after += 1
        trained[first:after] = [True] * (after - first)
    return trained
