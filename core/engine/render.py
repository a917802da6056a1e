"""Conversations as the model sees them: the chat template applied, the assistant's words marked, the rest masked.

Training, inspection and chat all come through here, so what is trained on is what is asked with. Two ways to find the
assistant's words: the template's own generation markers where it has them (`template`), else the difference between the
conversation rendered up to the answer and through it (`prefix`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

from jinja2 import TemplateError

from core.data.report import Turn
from core.errors import TunesmithError

MaskMethod = Literal["template", "prefix"]
Span = tuple[int, int]

DEFAULT_CHAT_TEMPLATE = (
    "{% if bos_token %}{{ bos_token }}{% endif %}"
    "{% for message in messages %}"
    "{{ message['role'] | capitalize }}:\n"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + eos_token }}{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ message['content'] + '\n\n' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}Assistant:\n{% endif %}"
)
"""For a tokenizer without a chat template (a base model): each turn under its role's name in plain text, as in ChatML
but without new tokens, which would need new embeddings. An answer ends with the tokenizer's end-of-sequence token."""

BATCH_ROWS = 256
_MARKER = re.compile(r"\{%-?\s*generation\s*-?%\}")


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
    """The tokenizer's chat template, or `DEFAULT_CHAT_TEMPLATE` where it has none.

    Raises:
        TunesmithError: `data.template_unusable` if it has neither a template nor an end-of-sequence token.
    """
    if tokenizer.chat_template:
        try:
            template: str = tokenizer.get_chat_template()
        except ValueError as error:
            raise _unusable(f"It has several templates and none is the default: {error}") from error
        return template
    if not tokenizer.eos_token:
        raise _unusable("The tokenizer has no chat template, and no end-of-sequence token to end an answer with.")
    return DEFAULT_CHAT_TEMPLATE


def mask_method(tokenizer: Any) -> MaskMethod:
    """How the assistant's words are found with this tokenizer's template."""
    return "template" if _MARKER.search(chat_template_of(tokenizer)) else "prefix"


def prompt_ids(tokenizer: Any, turns: Sequence[Turn]) -> list[int]:
    """`turns`, the last of them the user's, as tokens, with the template's invitation to the assistant to answer.

    Whether a system turn is folded is decided as in training, by the conversation with its answer.

    Raises:
        TunesmithError: `data.template_unusable`.
    """
    answered, _ = _rendered(tokenizer, [*turns, Turn("assistant", "…")])
    text = _render(tokenizer, answered[:-1], add_generation_prompt=True)
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
    by_template = mask_method(tokenizer) == "template"
    special = _special_tokens(tokenizer)
    for first in range(0, len(conversations), BATCH_ROWS):
        batch: list[tuple[list[Turn], str]] = []
        spans: list[list[Span]] = []
        for row, turns in enumerate(conversations[first : first + BATCH_ROWS], start=first):
            try:
                batch.append(_rendered(tokenizer, turns))
                spans.append([] if by_template else _answer_spans(tokenizer, *batch[-1], special))
            except TunesmithError as error:
                error.where = error.where or (places[row] if places else "")
                raise
        if by_template:
            yield from _marked_by_template(tokenizer, batch)
        else:
            yield from _marked_by_spans(tokenizer, [text for _, text in batch], spans)


def _marked_by_template(tokenizer: Any, batch: list[tuple[list[Turn], str]]) -> Iterator[Marked]:
    encoding = tokenizer.apply_chat_template(
        [_messages(turns) for turns, _ in batch],
        chat_template=chat_template_of(tokenizer),
        return_assistant_tokens_mask=True,
        return_dict=True,
    )
    for row, (_, text) in enumerate(batch):
        yield Marked(
            text=text,
            input_ids=encoding["input_ids"][row],
            trained=[bool(mark) for mark in encoding["assistant_masks"][row]],
            ends=_ends(encoding.encodings[row].offsets),
        )


def _marked_by_spans(tokenizer: Any, texts: list[str], spans: list[list[Span]]) -> Iterator[Marked]:
    if not tokenizer.is_fast:
        for text, answers in zip(texts, spans, strict=True):
            yield _marked_by_counting(tokenizer, text, answers)
        return
    encoding = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)
    for row, text in enumerate(texts):
        ends = _ends(encoding["offset_mapping"][row])
        yield Marked(
            text=text,
            input_ids=encoding["input_ids"][row],
            trained=_within(ends, spans[row]),
            ends=ends,
        )


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
    return list(accumulate((end for _, end in offsets), max))


def _within(ends: list[int], answers: list[Span]) -> list[bool]:
    """For each token whether it lies in an answer, if only with a part."""
    trained = [False] * len(ends)
    for start, end in answers:
        first, after = bisect_right(ends, start), bisect_right(ends, end)
        if after < len(ends) and (ends[after - 1] if after else 0) < end:
            after += 1
        trained[first:after] = [True] * (after - first)
    return trained


def _answer_spans(tokenizer: Any, turns: list[Turn], full: str, special: tuple[str, ...]) -> list[Span]:
    """Where in `full`, the rendered `turns`, each answer lies, its end token included.

    Raises:
        TunesmithError: `data.template_unusable` if an answer's words are not to be found.
    """
    spans: list[Span] = []
    for nth, turn in enumerate(turns):
        if turn.role == "assistant":
            before = _render(tokenizer, turns[:nth], add_generation_prompt=True)
            through = full if nth == len(turns) - 1 else _render(tokenizer, turns[: nth + 1])
            spans.append(
                _answer_span(full, before, through, turn.content.strip(), special, spans[-1][1] if spans else 0)
            )
    return spans


def _answer_span(full: str, before: str, through: str, words: str, special: tuple[str, ...], done: int) -> Span:
    """Where in `full` the answer `words` lies, rendered alone up to it as `before` and through it as `through`.

    Templates may render a turn differently once others follow (a thinking block dropped, the system's words moved), so
    where the prefixes do not match, the answer is looked for by its words, after `done`.
    """
    body_end, end = _end_of_turn(through, special)
    if full.startswith(through) and through.startswith(before):
        return len(before), end
    if not through[:body_end].endswith(words):
        raise _unusable(f"It changes the assistant's words, such as “{_short(words)}”.")
    if full.startswith(through):
        return body_end - len(words), end
    matches = full.startswith(before)
    at = full.find(words + through[body_end:end], len(before) if matches else done)
    if at < 0:
        raise _unusable(f"It rewrites an earlier answer, “{_short(words)}”, once the conversation goes on.")
    return len(before) if matches else at, at + len(words) + end - body_end


def _end_of_turn(through: str, special: tuple[str, ...]) -> tuple[int, int]:
    """Where the words end in text that closes with an answer, and where it does: after the first special token."""
    body = through.rstrip()
    while body.endswith(special):
        body = body[: -max(len(token) for token in special if body.endswith(token))].rstrip()
    ends = [at + len(token) for token in special if (at := through.find(token, len(body))) >= 0]
    return (len(body), min(ends)) if ends else (len(through.rstrip()), len(through))


def _special_tokens(tokenizer: Any) -> tuple[str, ...]:
    added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return tuple({token for token in (*tokenizer.all_special_tokens, *added) if token})


def _rendered(tokenizer: Any, turns: Sequence[Turn]) -> tuple[list[Turn], str]:
    """The turns that were rendered, and their text.

    A system turn that the template refuses, or leaves out, is put at the head of the first user turn instead.
    """
    plain = list(turns)
    if len(plain) < 2 or plain[0].role != "system":
        return plain, _render(tokenizer, plain)
    try:
        text = _render(tokenizer, plain)
    except TunesmithError:
        text = ""
    if plain[0].content.strip() in text:
        return plain, text
    folded = [Turn(plain[1].role, f"{plain[0].content}\n\n{plain[1].content}"), *plain[2:]]
    return folded, _render(tokenizer, folded)


def _render(tokenizer: Any, turns: Sequence[Turn], *, add_generation_prompt: bool = False) -> str:
    try:
        text: str = tokenizer.apply_chat_template(
            _messages(turns),
            chat_template=chat_template_of(tokenizer),
            add_generation_prompt=add_generation_prompt,
            tokenize=False,
        )
    except (TemplateError, TypeError) as error:
        raise _unusable(f"It says: {error}") from error
    return text


def _messages(turns: Sequence[Turn]) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def _short(words: str) -> str:
    return words if len(words) <= 40 else words[:40] + "…"


def _unusable(why: str) -> TunesmithError:
    return TunesmithError(
        "data.template_unusable",
        what="The model's chat template cannot be used with this conversation.",
        why=why,
        remedy="Take a conversation of plain user and assistant turns, or a model with another chat template.",
    )
