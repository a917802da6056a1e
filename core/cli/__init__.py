"""The command line, `tunesmith …`: everything the window can do, from the same functions.

To add a command: write a file here with `NAME`, `HELP`, `add_arguments` and `run`, and name it in `COMMANDS`.
Exit codes: 0 done, 1 failed with an error for the person, 2 wrong usage, 3 does not fit, 130 interrupted.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from core import paths
from core.cli.output import Output
from core.cli.parser import UsageError, build, load
from core.errors import TunesmithError

COMMANDS = ("hardware", "fit", "lr_test", "train", "sweep", "runs", "re_run", "queue", "chat", "demo", "token")

FAILED, USAGE, INTERRUPTED = 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Never shows a traceback for what a person can cause."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    out = Output(json="--json" in arguments)
    try:
        args = build(load(COMMANDS)).parse_args(arguments)
        if args.home:
            paths.set_home(Path(args.home))
        code: int = args.run(args, out)
    except UsageError as error:
        out.error(error)
        return USAGE
    except TunesmithError as error:
        out.error(error)
        return FAILED
    except KeyboardInterrupt:
        out.note("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except Exception as error:  # noqa: BLE001  (the last door: written to a log and reported)
        out.error(_bug(error))
        return FAILED
    return code


def _bug(error: Exception) -> TunesmithError:
    log = paths.log_dir() / "cli-error.log"
    try:
        paths.ensure_dir(log.parent)
        log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    except (TunesmithError, OSError) as unwritten:
        sys.stderr.write(f"The log could not be written: {unwritten}\n")
    return TunesmithError(
        "internal",
        what="Tunesmith made a mistake.",
        why=f"{type(error).__name__}: {error}.",
        remedy="Please report it with the log.",
        where=str(log),
    )
