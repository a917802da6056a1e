from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.engine.chat import Talker
from core.engine.device import choose
from core.errors import TunesmithError
from core.events import Answer, AnswerFailed, AnyEvent, ChatReady, Done, Opened, Token
from core.requests import ChatRequest, Prompt, Quit, Sampling, StopAnswer
from core.runs.run import Run
from core.worker.attached import AttachedWorker
from tests.core.engine.conftest import PATIENCE_S, new_run

QUESTION = "What colour is a banana?"


class Chat:
    """A chat worker and all that it said."""

    def __init__(self, run: Run) -> None:
        self.worker = AttachedWorker(ChatRequest(run_path=str(run.path), device="cpu"))
        self.said: list[AnyEvent] = []

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.worker.running and time.monotonic() < end, self.said[-3:]
            self.said += self.worker.wait(1.0)

    def of(self, kind: type, request: int | None = None) -> list:
        return [e for e in self.said if isinstance(e, kind) and (request is None or e.request == request)]

    def ask(self, request: int, text: str, **sampling: float) -> None:
        turns = [("user", text)]
        self.worker.send(
            Prompt(request=request, base_turns=turns, tuned_turns=turns, sampling=Sampling(**sampling))  # type: ignore[arg-type]
        )

    def answers(self, request: int) -> dict[str, Answer]:
        self.until(lambda: len(self.of(Answer, request)) == 2)
        return {answer.column: answer for answer in self.of(Answer, request)}


@pytest.fixture(scope="module")
def chat(finished_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNESMITH_HOME", str(tmp_path_factory.mktemp("home")))
        talk = Chat(finished_run)
    talk.until(lambda: talk.of(ChatReady))
    yield talk
    talk.worker.send(Quit())
    talk.until(lambda: not talk.worker.running or talk.of(Done))
    talk.worker.stop()
    assert talk.worker.outcome.returncode == 0
    assert isinstance(talk.said[-1], Done)


def test_the_base_column_is_proved_to_be_the_base(chat: Chat) -> None:
    ready = chat.of(ChatReady)[0]
    assert isinstance(chat.said[0], Opened)
    assert ready.base_difference == 0.0
    assert ready.tuned_difference > 0.01


def test_both_columns_are_streamed_at_once_and_the_pieces_are_the_answer(chat: Chat) -> None:
    chat.ask(1, QUESTION, max_new_tokens=8)
    answers = chat.answers(1)
    for column in ("base", "tuned"):
        pieces = [token.text for token in chat.of(Token, 1) if token.column == column]
        assert "".join(pieces) == answers[column].text
        assert answers[column].tokens_per_second > 0
        assert len(answers[column].token_ids) <= 8
    columns = [token.column for token in chat.of(Token, 1)]
    assert columns.index("tuned") < len(columns) - columns[::-1].index("base")


def test_prompts_that_wait_are_answered_together_as_each_alone(chat: Chat) -> None:
    chat.ask(10, QUESTION, max_new_tokens=6)
    alone = chat.answers(10)
    for request in range(11, 15):
        chat.ask(request, QUESTION, max_new_tokens=6)
    for request in range(11, 15):
        together = chat.answers(request)
        assert {c: a.token_ids for c, a in together.items()} == {c: a.token_ids for c, a in alone.items()}


def test_the_same_seed_says_the_same_and_another_seed_something_else(chat: Chat) -> None:
    said = []
    for request, seed in ((20, 1), (21, 1), (22, 2)):
        chat.ask(request, QUESTION, max_new_tokens=8, temperature=3.0, seed=seed)
        said.append({column: answer.token_ids for column, answer in chat.answers(request).items()})
    assert said[0] == said[1]
    assert said[0] != said[2]


def test_a_conversation_that_is_too_long_is_refused_and_the_next_is_answered(chat: Chat, starter: Path) -> None:
    limit = json.loads((starter / "config.json").read_text())["max_position_embeddings"]
    chat.ask(30, "word " * limit, max_new_tokens=4)
    chat.ask(31, QUESTION, max_new_tokens=4)
    chat.until(lambda: chat.of(AnswerFailed, 30))
    assert chat.of(AnswerFailed, 30)[0].code == "chat.prompt_too_long"
    assert chat.answers(31).keys() == {"base", "tuned"}


def test_stop_ends_both_answers_and_those_that_wait(chat: Chat) -> None:
    for request in range(40, 50):
        chat.ask(request, QUESTION, max_new_tokens=400, temperature=5.0, seed=request)
    chat.until(lambda: chat.of(Token, 40))
    chat.worker.send(StopAnswer())
    ended = [answer for request in range(40, 50) for answer in chat.answers(request).values()]
    assert sum(answer.reason == "stopped" for answer in ended) >= 10
    assert {answer.reason for request in (48, 49) for answer in chat.answers(request).values()} == {"stopped"}
    chat.ask(51, QUESTION, max_new_tokens=3)
    assert chat.answers(51).keys() == {"base", "tuned"}


def test_a_run_without_an_adapter_cannot_be_chatted_with(runs_root: Path) -> None:
    with pytest.raises(TunesmithError) as caught:
        Talker(new_run(runs_root), choose("cpu"), lambda event: None)
    assert caught.value.code == "chat.no_adapter"
