"""What the person sees before and around a set-up: an old Python, a wrong word, no network, Ctrl-C."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer import bootstrap
from installer.main import parse

ROOT = Path(__file__).resolve().parents[2]
CLOSED_PORT = "http://127.0.0.1:9/simple"
PATIENCE_S = 300.0


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real installer and a project that needs what no index has."""
    folder = tmp_path / "checkout"
    shutil.copytree(ROOT / "installer", folder / "installer", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\ndependencies = ["torch~=2.13.0"]\n')
    return folder


def offline() -> dict[str, str]:
    return {
        **os.environ,
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_FIND_LINKS": "",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_INDEX_URL": CLOSED_PORT,
        "QT_QPA_PLATFORM": "offscreen",
        # PyTorch's own index is not to be asked by a test.
        "https_proxy": "http://127.0.0.1:9",
        "no_proxy": "127.0.0.1",
    }


def start(checkout: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(checkout / "installer" / "bootstrap.py"), *words]
    return subprocess.Popen(
        command, env=offline(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_is_refused_in_one_line_that_names_it(version: tuple[int, int, int]) -> None:
    words = bootstrap.version_problem(version, "/usr/bin/python3")
    assert "needs Python 3.11 or newer" in words
    assert "/usr/bin/python3 is Python " + ".".join(map(str, version)) in words
    assert "\n" not in words


def test_a_new_enough_python_is_taken() -> None:
    assert bootstrap.version_problem((3, 11, 0), "python") == ""
    assert bootstrap.version_problem((4, 0, 0), "python") == ""


def test_the_file_an_old_python_reads_has_no_newer_syntax() -> None:
    text = (ROOT / "installer" / "bootstrap.py").read_text(encoding="ascii")
    compile(text, "bootstrap.py", "exec", dont_inherit=True)
    for newer in ('f"', "->", ":=", "match ", "pathlib", " | None"):
        assert newer not in text


def test_arguments_pass_through_with_or_without_the_dashes() -> None:
    assert parse(["test", "--", "-k", "foo"]) == ("test", ["-k", "foo"])
    assert parse(["run", "--home", "x"]) == ("run", ["--home", "x"])
    assert parse(["test", "--", "--", "x"]) == ("test", ["--", "x"])
    assert parse(["install"]) is None
    assert parse([]) is None


def test_a_wrong_word_shows_the_two_commands(checkout: Path) -> None:
    child = start(checkout, "instal")
    _, errors = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 2
    assert "bootstrap.py run" in errors
    assert "bootstrap.py test" in errors
    assert not (checkout / ".venv").exists()


def test_without_a_network_one_line_says_so_and_the_next_run_says_that_it_repairs(checkout: Path) -> None:
    child = start(checkout, "run")
    output, errors = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 1
    assert errors.startswith("error: no network while looking for PyTorch")
    assert errors.count("\n") == 1
    assert "Traceback" not in output + errors

    child = start(checkout, "run")
    output, _ = child.communicate(timeout=PATIENCE_S)
    assert "An earlier set-up was interrupted: repairing it" in output


@pytest.mark.skipif(os.name == "nt", reason="sends a POSIX signal")
def test_ctrl_c_ends_with_130_and_one_line_on_how_to_go_on(checkout: Path) -> None:
    child = start(checkout, "run")
    deadline_s = time.monotonic() + PATIENCE_S
    while not (checkout / ".venv" / "setup.json").exists() and time.monotonic() < deadline_s:
        assert child.poll() is None
        time.sleep(0.02)
    os.killpg(child.pid, signal.SIGINT)
    output, errors = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 130
    assert "Run the same command again" in errors
    assert "Traceback" not in output + errors


def test_a_checkout_that_can_not_be_written_is_named(checkout: Path) -> None:
    (checkout / ".venv").write_text("a file where the folder should be")
    child = start(checkout, "run")
    _, errors = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 1
    assert errors.startswith("error: ")
    assert str(checkout / ".venv") in errors
    assert "Traceback" not in errors
