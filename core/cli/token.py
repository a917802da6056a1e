"""`tunesmith token`: the hub's token in the system's keyring. Read from standard input, never from an argument."""

from __future__ import annotations

import argparse
import getpass
import sys

from core.cli.output import Output
from core.models.hub.token import forget_token, save_token, token_in_use

NAME = "token"
HELP = "keep the hub's token in the system's keyring, for models that ask for it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`token save`, `token forget`, `token show`."""
    parser.add_argument("action", nargs="?", choices=("save", "forget", "show"), default="show")


def run(args: argparse.Namespace, out: Output) -> int:
    """Save what stands on standard input, forget, or say which token is in use."""
    if args.action == "save":
        save_token(getpass.getpass("Token: ", sys.stderr) if sys.stdin.isatty() else sys.stdin.readline())
    forgotten = forget_token() if args.action == "forget" else None
    source, last = token_in_use()
    document: dict[str, object] = {"source": source, "ends_with": last}
    if forgotten is not None:
        document["forgotten"] = forgotten
        out.print("The token is deleted from the keyring." if forgotten else "There was no token in the keyring.")
    out.document(document)
    out.print(f"The token from {source} is used; it ends with {last}." if last else "No token is used.")
    return 0
