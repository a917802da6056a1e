"""List every error code in the code, with what it says; complain about codes that are not literal or badly formed.

`python -m scripts.list_errors`
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
ERROR_CLASSES = {"TunesmithError", "UsageError"}
CODE = re.compile(r"internal|[a-z]+\.[a-z0-9_]+")


def error_calls() -> Iterator[tuple[Path, ast.Call]]:
    """Every place that makes an error, in core and desktop."""
    for room in ("core", "desktop"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in ERROR_CLASSES:
                    yield path, node


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def errors_by_code() -> dict[str, set[str]]:
    """Code → the texts it says happened; `…` stands for what is filled in.

    Raises:
        ValueError: for a code that is badly formed.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for path, call in error_calls():
        code = next((k.value for k in call.keywords if k.arg == "code"), call.args[0] if call.args else None)
        what = next((k.value for k in call.keywords if k.arg == "what"), None)
        if not isinstance(code, ast.Constant):
            continue
        if not CODE.fullmatch(str(code.value)):
            raise ValueError(f"{path.relative_to(ROOT)}:{call.lineno}: “{code.value}” is no error code (room.reason)")
        found[str(code.value)].add(_words(what))
    return found


def _words(text: ast.expr | None) -> str:
    match text:
        case ast.Constant():
            return str(text.value)
        case ast.JoinedStr():
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in text.values)
        case ast.IfExp():
            return f"{_words(text.body)} / {_words(text.orelse)}"
        case _:
            return "…"


def main() -> int:
    """Print the list; the exit code."""
    try:
        for code, whats in sorted(errors_by_code().items()):
            print(f"{code:32} {' / '.join(sorted(whats))}")
    except ValueError as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
