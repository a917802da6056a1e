"""What an attached worker is told, in order, without ever waiting in the middle of work."""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from typing import BinaryIO

import msgspec

from core.requests import Command, Prompt, Quit, StopAnswer

GRACE_S = 5.0  # how long a worker whose starter has gone may still take to end by itself

_log = logging.getLogger(__name__)
_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)


class Inbox:
    """Commands read from a stream by a thread. The stream's end means that the starter has gone, and reads as
    `Quit`."""

    def __init__(self, stream: BinaryIO) -> None:
        self._commands: deque[Command] = deque()
        self._changed = threading.Condition()
        self._ended = threading.Event()
        threading.Thread(target=self._read, args=(stream,), name="command reader", daemon=True).start()

    def _read(self, stream: BinaryIO) -> None:
        for line in stream:
            if line.strip():
                self._read_line(line)
        self._put(Quit())
        if not self._ended.wait(GRACE_S):
            os._exit(0)

    def _read_line(self, line: bytes) -> None:
        """What cannot be understood is passed over: the worker must hear what comes after it."""
        try:
            self._put(_decoder.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            _log.warning("A command could not be understood and was passed over.", exc_info=True)

    def _put(self, command: Command) -> None:
        with self._changed:
            self._commands.append(command)
            self._changed.notify_all()

    def close(self) -> None:
        """The worker is about to end by itself."""
        self._ended.set()

    def wait(self) -> Command:
        """The next command, as soon as there is one."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._commands))
            return self._commands.popleft()

    def is_empty(self) -> bool:
        """Whether nothing waits."""
        with self._changed:
            return not self._commands

    def more_prompts(self, limit: int) -> list[Prompt]:
        """Up to `limit` prompts that wait at the head of the queue."""
        with self._changed:
            taken: list[Prompt] = []
            while self._commands and len(taken) < limit and isinstance(self._commands[0], Prompt):
                command = self._commands.popleft()
                assert isinstance(command, Prompt)
                taken.append(command)
            return taken

    def interrupted(self) -> bool:
        """Whether something waits that ends the answers under way."""
        with self._changed:
            return any(isinstance(command, (StopAnswer, Quit)) for command in self._commands)

    def quitting(self) -> bool:
        """Whether the worker shall end."""
        with self._changed:
            return any(isinstance(command, Quit) for command in self._commands)

    def take_stopped(self) -> list[Prompt]:
        """After an interruption: the prompts that came before the last `StopAnswer`, which ended them too, taken off
        with it."""
        with self._changed:
            last = max((n for n, c in enumerate(self._commands) if isinstance(c, StopAnswer)), default=-1)
            head = [self._commands.popleft() for _ in range(last + 1)]
            return [command for command in head if isinstance(command, Prompt)]
