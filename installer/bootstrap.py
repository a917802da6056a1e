"""Set Tunesmith up, then open it or run its tests.

    python3 installer/bootstrap.py run  [arguments for the application]
    python3 installer/bootstrap.py test [-- arguments for pytest]

An old Python must be able to read this file, to say that it is too old: no syntax or module newer than Python 2.7 here.
"""
# ruff: noqa: PTH100, PTH120

import os
import sys

MINIMUM_PYTHON = (3, 11)


def version_problem(version, executable):
    """What is wrong with this Python, in one line; empty if it will do."""
    if tuple(version[:2]) >= MINIMUM_PYTHON:
        return ""
    needed = ".".join(str(part) for part in MINIMUM_PYTHON)
    found = ".".join(str(part) for part in version[:3])
    return (
        "error: Tunesmith needs Python " + needed + " or newer, and " + str(executable) + " is Python " + found
        + ". Install a newer Python and start this command with it."
    )  # fmt: skip


def main():
    problem = version_problem(sys.version_info, sys.executable)
    if problem:
        sys.stderr.write(problem + "\n")
        return 1
    here = os.path.dirname(os.path.abspath(__file__))
    # The folder of this file would let its modules stand in for the standard library's; the checkout holds the package.
    sys.path[:] = [os.path.dirname(here)] + [entry for entry in sys.path if os.path.abspath(entry or ".") != here]
    from installer.main import main as set_up_and_start

    return set_up_and_start(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
