"""From the recorded births and deaths of a few layers to those of the whole model.

What happens in a layer is repeated for each layer that is like it, in the place where its turn comes. A death that
reaches into another layer (the states that a layer hands to the next) reaches as far from every repetition. Each death
must find its storage alive, and whatever died in the recording must die in every repetition: where that does not hold,
the model's layers are not independent repetitions, `Inexact` says so, and the caller builds them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from core.engine.rehearsal.layout import Layout
from core.engine.rehearsal.recorder import Block

Key = tuple[int, int | None]
"""A storage of the whole model: the recorded block and the layer of the whole model that it stands in."""


class Inexact(Exception):
    """The recording cannot be repeated; its text says at what."""


class Birth(NamedTuple):
    """A storage that comes to life."""

    key: Key


class Death(NamedTuple):
    """A storage that dies."""

    key: Key


class _Visit(NamedTuple):
    """Consecutive events of one layer; `number` says in which pass over the layers."""

    layer: int
    number: int
    events: list[int]


class Stretcher:
    """One recording, to be stretched to the layers of `layout`."""

    def __init__(
        self,
        blocks: Sequence[Block],
        events: Sequence[int],
        tags: Sequence[int | None],
        handed: Set[int],
        layout: Layout,
    ) -> None:
        self._blocks = blocks
        self._handed = handed
        self._layout = layout
        self._parts = list(_parts(events, tags))
        self._order: dict[tuple[int, int, bool], list[int]] = {}
        self._place: dict[int, tuple[int, int]] = {}
        for part in self._parts:
            for visit in part if isinstance(part, list) else ():
                self._number_births(visit)
        self._died = {~event for event in events if event < 0}

    def _number_births(self, visit: _Visit) -> None:
        for event in visit.events:
            if event >= 0:
                born = self._order.setdefault((visit.number, visit.layer, event in self._handed), [])
                self._place[event] = (visit.number, len(born))
                born.append(event)

    def events(self) -> Iterator[Birth | Death]:
        """Births and deaths of the whole model in their order.

        Raises:
            Inexact: the recording does not repeat.
        """
        alive: set[Key] = set()
        for event in self._all():
            if isinstance(event, Birth):
                alive.add(event.key)
            elif event.key in alive:
                alive.remove(event.key)
            else:
                raise Inexact(f"{self._blocks[event.key[0]].operation} dies before it lives, layer {event.key[1]}")
            yield event
        for block, layer in alive:
            if block in self._died:
                raise Inexact(f"{self._blocks[block].operation} of layer {layer} outlives the step")

    def _all(self) -> Iterator[Birth | Death]:
        for part in self._parts:
            if isinstance(part, int):
                yield self._outside(part)
            else:
                yield from self._pass(part)

    def _outside(self, event: int) -> Birth | Death:
        return Birth((event, None)) if event >= 0 else Death((~event, None))

    def _pass(self, visits: list[_Visit]) -> Iterator[Birth | Death]:
        """One pass over the layers, up or down."""
        by_layer = {visit.layer: visit for visit in visits}
        upwards = visits[0].layer <= visits[-1].layer
        like = self._layout.like
        order = range(len(like)) if upwards else range(len(like) - 1, -1, -1)
        last = {like[layer]: layer for layer in order}
        for layer in order:
            visit = by_layer.get(like[layer])
            if visit is None:
                continue
            for event in visit.events:
                if event >= 0:
                    yield Birth((event, layer))
                elif self._blocks[~event].layer is not None:
                    yield Death(self._other(~event, visit, layer))
                elif layer == last[visit.layer]:  # shared by the layers: it dies with the last of them
                    yield Death((~event, None))

    def _other(self, block: int, visit: _Visit, layer: int) -> Key:
        """Which storage of the whole model `block` means, seen from `layer`."""
        home = self._blocks[block].layer
        assert home is not None
        if abs(home - visit.layer) > 1 and self._alone(home) and self._alone(visit.layer):
            return block, self._layout.like.index(home)  # kept from one end to the other, not handed on
        there = layer + (home - visit.layer)
        if not 0 <= there < len(self._layout.like):
            raise Inexact("a layer reaches beyond the model")
        wanted = self._layout.like[there]
        if wanted == home:
            return block, there
        number, place = self._place[block]
        twins = self._order.get((number, wanted, block in self._handed), [])
        if place >= len(twins) or self._blocks[twins[place]].size_bytes != self._blocks[block].size_bytes:
            raise Inexact(f"{self._blocks[block].operation} has no twin in layer {there}")
        return twins[place], there

    def _alone(self, layer: int) -> bool:
        """Whether a recorded layer stands for itself only."""
        return self._layout.like.count(layer) == 1


def _parts(events: Sequence[int], tags: Sequence[int | None]) -> Iterator[int | list[_Visit]]:
    """Events outside the layers one by one, and passes: visits of layers whose numbers only rise, or only fall."""
    visits: list[_Visit] = []
    number = 0
    for event, tag in zip(events, tags, strict=True):
        if tag is None:
            if visits:
                yield visits
                visits, number = [], number + 1
            yield event
        elif visits and visits[-1].layer == tag:
            visits[-1].events.append(event)
        else:
            if len(visits) > 1 and (visits[1].layer > visits[0].layer) != (tag > visits[-1].layer):
                yield visits
                visits, number = [], number + 1
            visits.append(_Visit(tag, number, [event]))
    if visits:
        yield visits
