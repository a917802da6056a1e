"""The argument parser, made from the commands' own declarations."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence
from typing import NoReturn, Protocol, cast

from core.cli.output import Output
from core.errors import TunesmithError


class CommandModule(Protocol):
    """What a command's file declares."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's own arguments."""

    def run(self, args: argparse.Namespace, out: Output) -> int:
        """Do it; return the exit code."""


class UsageError(TunesmithError):
    """Wrong usage of the command line: exit code 2."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors can be printed as JSON."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and exiting.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            "cli.usage",
            what="The command line was not understood.",
            why=f"{message[:1].upper()}{message[1:]}.",
            remedy=f"See `{self.prog} --help`.",
            where=self.prog,
        )


def load(names: Sequence[str]) -> list[CommandModule]:
    """The command modules called `names`, imported."""
    return [cast(CommandModule, importlib.import_module(f"core.cli.{name}")) for name in names]


def build(commands: Sequence[CommandModule]) -> Parser:
    """The parser of `tunesmith`; the chosen command's `run` is left in the namespace."""
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="print JSON on standard output and nothing else there")
    common.add_argument("--home", metavar="FOLDER", help="keep runs, models and preferences in this folder")
    parser = Parser(prog="tunesmith", description="Fine-tune a language model on one home GPU, and know that it fits.")
    places = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for command in commands:
        child = places.add_parser(command.NAME, help=command.HELP, description=command.HELP, parents=[common])
        command.add_arguments(child)
        child.set_defaults(run=command.run)
    return parser
