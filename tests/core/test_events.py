from __future__ import annotations

import random
from typing import get_args

from core.events import AnyEvent, Event, Progress, Step, Token
from core.events.stream import EventDecoder, encode

KINDS: tuple[type[Event], ...] = get_args(AnyEvent)


def a_step(number: int) -> Step:
    return Step(
        step=number, epoch=0.5, loss=2.0 / number, learning_rate=1e-3, grad_norm=1.0, tokens=7, tokens_per_second=9.0,
        seconds=1.0, left_s=2.0,
    )  # fmt: skip


def test_every_kind_of_event_has_a_type_of_its_own() -> None:
    tags = [kind.__struct_config__.tag for kind in KINDS]
    assert len(tags) >= 17
    assert len(set(tags)) == len(tags)


def test_every_event_that_is_declared_is_in_the_union() -> None:
    assert set(Event.__subclasses__()) == set(KINDS)


def test_events_survive_being_cut_anywhere() -> None:
    events = [a_step(n) for n in range(1, 40)] + [Token(request=1, column="base", text="naïve\n☠")]
    stream = b"".join(encode(event) for event in events)
    cuts = random.Random(1)
    for _ in range(20):
        decoder, found, rest = EventDecoder(), [], stream
        while rest:
            length = cuts.randint(1, 90)
            found += decoder.feed(rest[:length])
            rest = rest[length:]
        assert found == events
        assert decoder.skipped == 0


def test_a_torn_line_and_an_unknown_event_cost_only_themselves() -> None:
    decoder = EventDecoder()
    torn = encode(a_step(1))[:25] + b"\n"
    unknown = b'{"type":"from_the_future","time":1}\n'
    found = decoder.feed(torn + encode(a_step(2)) + unknown + b"\n" + encode(a_step(3)))
    assert [event.step for event in found if isinstance(event, Step)] == [2, 3]
    assert decoder.skipped == 2


def test_an_unfinished_last_line_waits() -> None:
    decoder = EventDecoder()
    line = encode(Progress(phase="loading", text="Loading"))
    assert decoder.feed(line[:-1]) == []
    assert len(decoder.feed(line[-1:])) == 1
