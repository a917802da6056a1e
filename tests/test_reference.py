from __future__ import annotations

import pytest

from scripts.list_errors import errors_by_code
from scripts.write_reference import PAGES, ROOT


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_says_what_the_code_does(name: str) -> None:
    written = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert written == PAGES[name](), "run `python -m scripts.write_reference`"


def test_the_list_of_errors_is_not_empty() -> None:
    assert len(errors_by_code()) > 40
