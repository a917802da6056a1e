"""A model's chat template: conversations as text, and where in the text the assistant's words lie.

Two ways to find them: the template's own generation markers where it has them (`template`), else the difference between
the conversation rendered up to the answer and through it (`prefix`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jinja2 import TemplateError
from transformers.utils.chat_template_utils import render_jinja_template

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

_MARKER = re.compile(r"\{%-?\s*generation\s*-?%\}")


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """A template ready to render.

    Attributes:
        source: in Jinja.
        special_tokens: what the template may name (`bos_token`, `eos_token`, …).
        end_tokens: every special token's text: the first after an answer ends it.
    """

    source: str
    special_tokens: dict[str, str]
    end_tokens: tuple[str, ...]

    @property
    def mask_method(self) -> MaskMethod:
        """How answers are found with this template."""
        return "template" if _MARKER.search(self.source) else "prefix"

    def accepted(self, turns: Sequence[Turn]) -> list[Turn]:
        """`turns` as they can be rendered.

        A system turn that the template refuses, or leaves out, is put at the head of the first user turn instead.

        Raises:
            TunesmithError: `data.template_unusable` if it refuses them in both ways.
        """
        plain = list(turns)
        if len(plain) < 2 or plain[0].role != "system":
            return plain
        try:
            text = self.render(plain)
        except TunesmithError:
            text = ""
        if plain[0].content.strip() in text:
            return plain
        return [Turn(plain[1].role, f"{plain[0].content}\n\n{plain[1].content}"), *plain[2:]]

    def render(self, turns: Sequence[Turn], *, add_generation_prompt: bool = False) -> str:
        """`turns` as text.

        Raises:
            TunesmithError: `data.template_unusable` if the template refuses them.
        """
        return self._rendered(turns, add_generation_prompt, marks=False)[0]

    def render_answers(self, turns: Sequence[Turn]) -> tuple[str, list[Span]]:
        """`turns` as text, and where in it each answer lies, its end token included.

        Raises:
            TunesmithError: `data.template_unusable` if the template refuses them, or an answer is not to be found.
        """
        accepted = self.accepted(turns)
        if self.mask_method == "template":
            return self._rendered(accepted, False, marks=True)
        text = self.render(accepted)
        return text, self._answers_by_prefix(accepted, text)

    def _rendered(self, turns: Sequence[Turn], prompt: bool, *, marks: bool) -> tuple[str, list[Span]]:
        messages = [{"role": turn.role, "content": turn.content} for turn in turns]
        try:
            texts, spans = render_jinja_template(
                conversations=[messages],
                chat_template=self.source,
                return_assistant_tokens_mask=marks,
                add_generation_prompt=prompt,
                **self.special_tokens,
            )
        except (TemplateError, TypeError) as error:
            raise unusable(f"It says: {error}") from error
        return texts[0], spans[0] if marks else []

    def _answers_by_prefix(self, turns: list[Turn], full: str) -> list[Span]:
        spans: list[Span] = []
        for nth, turn in enumerate(turns):
            if turn.role == "assistant":
                before = self.render(turns[:nth], add_generation_prompt=True)
                through = full if nth == len(turns) - 1 else self.render(turns[: nth + 1])
                done = spans[-1][1] if spans else 0
                spans.append(_answer_span(full, before, through, turn.content.strip(), self.end_tokens, done))
        return spans


def template_of(tokenizer: Any) -> ChatTemplate:
    """The tokenizer's chat template, or `DEFAULT_CHAT_TEMPLATE` where it has none.

    Raises:
        TunesmithError: `data.template_unusable` if it has neither a template nor an end-of-sequence token.
    """
    if not tokenizer.chat_template and not tokenizer.eos_token:
        raise unusable("The tokenizer has no chat template, and no end-of-sequence token to end an answer with.")
    try:
        source = tokenizer.get_chat_template() if tokenizer.chat_template else DEFAULT_CHAT_TEMPLATE
    except ValueError as error:
        raise unusable("It has several templates and none is the default.") from error
    added = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    ends = {token for token in (*tokenizer.all_special_tokens, *added) if token}
    return ChatTemplate(source, dict(tokenizer.special_tokens_map), tuple(ends))


def _answer_span(full: str, before: str, through: str, words: str, special: tuple[str, ...], done: int) -> Span:
    """Where in `full` the answer `words` lies, rendered alone up to it as `before` and through it as `through`.

    Templates may render a turn differently once others follow (a thinking block dropped, the system's words moved), so
    where the prefixes do not match, the answer is looked for by its words, after `done`.
    """
    body_end, end = _end_of_turn(through, special)
    if full.startswith(through) and through.startswith(before):
        return len(before), end
    if not through[:body_end].endswith(words):
        raise unusable(f"It changes the assistant's words, such as “{_short(words)}”.")
    if full.startswith(through):
        return body_end - len(words), end
    matches = full.startswith(before)
    at = full.find(words + through[body_end:end], len(before) if matches else done)
    if at < 0:
        raise unusable(f"It rewrites an earlier answer, “{_short(words)}”, once the conversation goes on.")
    return len(before) if matches else at, at + len(words) + end - body_end


def _end_of_turn(through: str, special: tuple[str, ...]) -> tuple[int, int]:
    """Where the words end in text that closes with an answer, and where it does: after the first special token."""
    body = through.rstrip()
    while body.endswith(special):
        body = body[: -max(len(token) for token in special if body.endswith(token))].rstrip()
    ends = [at + len(token) for token in special if (at := through.find(token, len(body))) >= 0]
    return (len(body), min(ends)) if ends else (len(through.rstrip()), len(through))


def _short(words: str) -> str:
    return words if len(words) <= 40 else words[:40] + "…"


def unusable(why: str) -> TunesmithError:
    """The error for a template that does not go with a conversation."""
    return TunesmithError(
        "data.template_unusable",
        what="The model's chat template cannot be used with this conversation.",
        why=why,
        remedy="Take a conversation of plain user and assistant turns, or a model with another chat template.",
    )
