"""Which layers of a model are built for a rehearsal, and which of those each of the others is like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """`built`: the layers that are built, by their place in the model. `like`: for each layer of the model, the place
    in `built` of the one that it equals."""

    built: tuple[int, ...]
    like: tuple[int, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every layer is built."""
        return len(self.built) == len(self.like)


def layout_of(kinds: Sequence[str], *, whole: bool = False) -> Layout:
    """The first and the last layer, and of every kind of layer one that is neither.

    First and last differ from their equals in what lies next to them (the embeddings, the head), so they stand for
    themselves alone.
    """
    count = len(kinds)
    middle = {kind: index for index, kind in reversed(list(enumerate(kinds))) if 0 < index < count - 1}
    built = tuple(sorted({0, count - 1, *middle.values()}))
    if whole or len(built) >= count:
        everything = tuple(range(count))
        return Layout(everything, everything)
    place = {index: number for number, index in enumerate(built)}
    inner = [place[middle[kind]] for kind in kinds[1:-1]]
    return Layout(built, (0, *inner, len(built) - 1))
