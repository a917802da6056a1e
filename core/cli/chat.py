"""`tunesmith chat RUN`: base and tuned side by side, once, for a file of prompts, or line by line."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from core.cli.output import Output
from core.cli.progress import EventBars
from core.errors import TunesmithError
from core.files import read_text
from core.requests import Sampling
from core.runs.store import RunStore
from core.tasks.chat import ChatResult, ChatSession, Turns

NAME = "chat"
HELP = "base and tuned model side by side"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The run, the prompts, the sampling."""
    parser.add_argument("name", metavar="RUN", help="the run's name, its title, or its folder")
    prompts = parser.add_mutually_exclusive_group()
    prompts.add_argument("--prompt", metavar="TEXT", help="ask this once")
    prompts.add_argument("--prompts", metavar="FILE", help="ask each line of a text file by itself")
    parser.add_argument("--temperature", type=float, default=0.0, help="0 (default) always takes the likeliest token")
    parser.add_argument("--top-p", type=float, default=1.0, help="sample from the likeliest tokens with this share")
    parser.add_argument("--max-new-tokens", type=int, default=256, help="the longest answer (default 256)")
    parser.add_argument("--seed", type=int, default=42, help="start of the random numbers (default 42)")


def run(args: argparse.Namespace, out: Output) -> int:
    """Ask and print."""
    sampling = Sampling(
        temperature=args.temperature, top_p=args.top_p, max_new_tokens=args.max_new_tokens, seed=args.seed
    )
    RunStore().get(args.name)  # before anybody is asked to write prompts
    talk = args.prompt is None and args.prompts is None and sys.stdin.isatty() and not out.json
    prompts = [] if talk else _prompts(args)
    with EventBars(out.err) as bars, ChatSession(args.name, sampling, bars.show) as session:
        results = session.ask_each(prompts)
        if talk:
            bars.stop()
            _talk(session, out)
    out.document(results)
    for result in results:
        out.print(side_by_side(result))
    return 0


def _talk(session: ChatSession, out: Output) -> None:
    """Line by line, each column with its own memory of what was said, until Ctrl-D."""
    base: Turns = []
    tuned: Turns = []
    out.note("Ask something. Ctrl-D ends.")
    while True:
        try:
            text = out.err.input("› ").strip()
        except EOFError:
            return
        if not text:
            continue
        base.append(("user", text))
        tuned.append(("user", text))
        result = session.go_on(base, tuned)
        base.append(("assistant", result.answers["base"]))
        tuned.append(("assistant", result.answers["tuned"]))
        out.print(side_by_side(result))


def _prompts(args: argparse.Namespace) -> list[str]:
    if args.prompt is not None:
        texts = [args.prompt]
    elif args.prompts is not None:
        texts = read_text(Path(args.prompts)).splitlines()
    else:
        texts = sys.stdin.buffer.read().decode("utf-8", errors="surrogateescape").splitlines()
    prompts = [text.strip() for text in texts if text.strip()]
    if not prompts:
        raise TunesmithError(
            "chat.no_prompt",
            what="There is nothing to ask.",
            why="No line with words in it was given.",
            remedy="Use --prompt TEXT, --prompts FILE, or write one prompt a line on standard input.",
            where=args.prompts or "",
        )
    if not all(_is_text(prompt) for prompt in prompts):
        raise TunesmithError(
            "chat.not_text",
            what="A prompt is not text.",
            why="It holds bytes that belong to no UTF-8 character.",
            remedy="Write it in UTF-8.",
            where="--prompt" if args.prompt is not None else "standard input",
        )
    return prompts


def _is_text(prompt: str) -> bool:
    """Whether no byte of it stayed undecoded (Python keeps such bytes of the command line as lone surrogates)."""
    return not any("\ud800" <= character <= "\udfff" for character in prompt)


def side_by_side(result: ChatResult) -> Group:
    """One prompt with its two answers beside each other, as wide as the terminal."""
    columns = Table.grid(expand=True)
    columns.add_column(ratio=1)
    columns.add_column(ratio=1)
    columns.add_row(
        *(
            Panel(Text(result.answers[column]), title=column, border_style=colour)
            for column, colour in (("base", "blue"), ("tuned", "dark_orange"))
        )
    )
    return Group(Text(f"› {result.prompt}", style="bold"), columns)
