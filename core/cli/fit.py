"""`tunesmith fit MODEL`: whether and how it can be trained, in what time and at what price."""

from __future__ import annotations

import argparse
from typing import Any, get_args

import msgspec
from rich.text import Text

from core.cli.fit_history import print_history
from core.cli.fit_text import print_answer
from core.cli.output import Output
from core.cli.parser import UsageError
from core.cli.progress import EventBars
from core.fit.prices import prices, set_price_per_kwh
from core.fit.values import Depth, Recommendation
from core.fit.words import format_price
from core.models.licence import licence_of
from core.models.spec import ModelSpec
from core.runs.history import history
from core.runs.store import RunStore
from core.tasks.fit import fit

NAME = "fit"
HELP = "whether and how a model can be trained"
DOES_NOT_FIT = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """MODEL, and for what card, data, settings and depth."""
    parser.add_argument(
        "model", metavar="MODEL", nargs="?", help="starter, a name of the catalogue, a folder, or a hub id"
    )
    parser.add_argument("--gpu", metavar="NAME", help='plan for this card, for example "RTX 3090" or "2x L4"')
    parser.add_argument(
        "--gpu-memory", metavar="GIB", type=float, help="plan for a card (each of several) with this much"
    )
    parser.add_argument("--data", metavar="FILE", help="a data file; its rows decide the longest sequence")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="exactly these settings over the defaults"
    )
    parser.add_argument("--depth", choices=get_args(Depth), default="instant", help="how the estimate is made")
    parser.add_argument(
        "--price-per-kwh", metavar="PRICE", type=float, help="what electricity costs you, remembered from now on"
    )
    parser.add_argument("--history", action="store_true", help="what runs were promised and what they took")


def run(args: argparse.Namespace, out: Output) -> int:
    """Estimate, recommend and print; or look back."""
    if args.price_per_kwh is not None:
        _remember(args.price_per_kwh, out)
    if args.history:
        found = history(RunStore())
        out.document(found)
        print_history(found, out)
        return 0
    if args.model is None:
        if args.price_per_kwh is not None:
            out.document({"currency": prices().currency, "price_per_kwh": args.price_per_kwh})
            return 0
        raise UsageError(
            "cli.usage",
            what="The command line was not understood.",
            why="`fit` needs the name of a model.",
            remedy="For example `tunesmith fit starter`, or `tunesmith fit --history` to look back.",
            where="tunesmith fit",
        )
    return _answer(args, out)


def _remember(price: float, out: Output) -> None:
    set_price_per_kwh(price)
    table = prices()
    out.note(f"Electricity is counted at {format_price(price, table.currency)} a kWh from now on.")


def _answer(args: argparse.Namespace, out: Output) -> int:
    with EventBars(out.err) as bars:
        found = fit(
            args.model,
            gpu=args.gpu,
            gpu_memory_gib=args.gpu_memory,
            data=args.data,
            pairs=args.set,
            depth=args.depth,
            on_event=bars.show,
        )
    out.document(_document(found))
    print_answer(found, out)
    _print_about(found.model, out)
    return DOES_NOT_FIT if found.verdict == "does_not_fit" else 0


def _document(found: Recommendation) -> dict[str, Any]:
    """What `--json` prints: everything but the model's own config file."""
    plain: dict[str, Any] = msgspec.to_builtins(found)
    del plain["model"]["config"]
    return plain


def _print_about(spec: ModelSpec, out: Output) -> None:
    """What to know of the model beside its memory: its licence, and what is less sure."""
    licence = licence_of(spec)
    if licence is not None:
        out.print(Text(f"Licence: {licence.title}. {licence.summary}"))
    for line in (spec.note, *spec.uncertain):
        if line:
            out.print(Text(f"· {line}"))
