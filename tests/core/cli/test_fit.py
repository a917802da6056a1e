from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.cli import main
from core.data.sample import sample_path
from core.fit.prices import prices
from core.fit.values import Prediction
from tests.core.runs.test_history import a_run

ON_3090 = ["--gpu", "RTX 3090"]


def fit(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    """What `tunesmith fit … --json` prints, once it has ended with `code`."""
    ended = main(["fit", *arguments, "--json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert ended == code, document
    return document


def test_a_model_that_fits_is_answered_with_the_contracts_keys(capsys: pytest.CaptureFixture[str]) -> None:
    found = fit(capsys, "llama-3.1-8b-instruct", *ON_3090)
    assert found["verdict"] == "fits"
    assert found["model"]["parameters"] == 8_030_261_248
    assert set(found["model"]) >= {"name", "parameters", "parameters_by_group", "trained_text_only"}
    assert "config" not in found["model"]
    assert set(found["machine"]) >= {"gpu", "memory_total_bytes", "memory_usable_bytes", "simulated"}
    assert [plan["name"] for plan in found["plans"]] == ["best_quality", "fastest", "leanest"]
    for plan in found["plans"]:
        memory = plan["memory"]
        assert sum(memory["terms"].values()) == memory["total_bytes"]
        assert set(memory) >= {"depth", "allocated_peak_bytes", "reserved_peak_bytes", "context_bytes"}
        assert 0 < plan["speed"]["low"] < plan["speed"]["tokens_per_second"] < plan["speed"]["high"]
        assert plan["reasons"]
        assert plan["settings"]["lora_rank"] > 0
    assert found["alternatives"] == []


def test_a_model_that_does_not_fit_ends_with_3_and_says_what_would(capsys: pytest.CaptureFixture[str]) -> None:
    found = fit(capsys, "llama-3.3-70b-instruct", *ON_3090, code=3)
    assert found["verdict"] == "does_not_fit"
    assert all(set(alternative) >= {"kind", "text"} for alternative in found["alternatives"])
    assert found["alternatives"]


def test_with_settings_there_is_one_plan_of_exactly_those(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--set", "quantization=none", "--set", "max_seq_length=32768", *ON_3090]
    (plan,) = fit(capsys, "llama-3.1-8b-instruct", *arguments, code=3)["plans"]
    assert plan["name"] == "yours"
    assert (plan["settings"]["quantization"], plan["settings"]["max_seq_length"]) == ("none", 32_768)


def test_another_memory_is_planned_for(capsys: pytest.CaptureFixture[str]) -> None:
    found = fit(capsys, "llama-3.1-8b-instruct", "--gpu-memory", "6", code=3)
    assert (found["machine"]["simulated"], found["machine"]["memory_total_bytes"]) == (True, 6 * 2**30)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["starter", "--depth", "measured", *ON_3090], "measure.simulated_card"),
        (["starter", "--gpu", "RTX 9999"], "fit.unknown_card"),
        (["starter", "--gpu-memory", "-3"], "fit.bad_memory"),
        (["starter", "--price-per-kwh", "-1"], "fit.bad_price"),
        (["starter", "--set", "lora_rnak=8"], "settings.unknown_key"),
        (["strater"], "model.unknown"),
        (["llama-3.1-8b-instruct", "--data", "rows.jsonl"], "fit.no_tokenizer"),
    ],
)
def test_what_cannot_be_answered_is_an_error_for_the_person(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    error = fit(capsys, *arguments, code=1)["error"]
    assert error["code"] == code
    assert error["what"] and error["why"] and error["remedy"]


def test_a_person_reads_the_sentence_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "llama-3.1-8b-instruct", *ON_3090]) == 0
    words = capsys.readouterr().out
    assert words.startswith("Llama 3.1 8B Instruct fits an RTX 3090 with ")
    for part in ("Base weights", "Best quality", "Leanest", "24.0 GiB"):
        assert part in words


@pytest.mark.parametrize(
    "name",
    [
        "llama-3.1-8b-instruct",
        "llama-4-scout-instruct",
        "mistral-7b-instruct-v0.3",
        "falcon-7b-instruct",
        "llama-2-13b-chat",
        "llama-3.3-70b-instruct",
    ],
)
def test_every_model_gets_a_full_answer_offline(capsys: pytest.CaptureFixture[str], name: str) -> None:
    ended = main(["fit", name, *ON_3090, "--json"])
    found = json.loads(capsys.readouterr().out)
    assert ended == (3 if found["verdict"] == "does_not_fit" else 0)
    for plan in found["plans"]:
        assert set(plan) >= {"name", "settings", "memory", "speed", "verdict", "reasons", "duration", "cost"}
    if ended == 3:
        kinds = {one["kind"] for one in found["alternatives"]}
        assert kinds == {"setting", "smaller_model", "bigger_card", "rent", "api"}
        assert all({"text", "changes", "saves_bytes", "price", "currency"} <= set(one) for one in found["alternatives"])


def test_with_data_the_rows_decide_the_length_and_every_plan_has_time_and_cost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    whole = fit(capsys, "starter", *ON_3090)["plans"]
    counted = fit(capsys, "starter", *ON_3090, "--data", str(sample_path()), "--price-per-kwh", "0.5")["plans"]
    assert counted[0]["settings"]["max_seq_length"] < whole[0]["settings"]["max_seq_length"]
    assert (whole[0]["duration"], whole[0]["cost"]) == (None, None)
    for plan in counted:
        assert set(plan["duration"]) == {"steps", "tokens", "seconds", "low_s", "high_s"}
        assert (plan["cost"]["currency"], plan["cost"]["price_per_kwh"]) == ("USD", 0.5)
        assert plan["cost"]["electricity"] > 0
        assert set(plan["cost"]["rented"][0]) >= {"card", "hours", "price"}


@pytest.mark.parametrize(
    "arguments", [["llama-3.1-8b-instruct"], ["llama-3.3-70b-instruct"], ["llama-4-scout-instruct"]]
)
def test_the_words_fit_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    main(["fit", *arguments, *ON_3090])
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert not any("…" in line for line in lines)


def test_the_price_of_electricity_is_remembered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--price-per-kwh", "0.5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"currency": "USD", "price_per_kwh": 0.5}
    assert prices().electricity.price_per_kwh == 0.5


def test_the_history_tells_each_run_and_each_depth(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["fit", "--history"]) == 0
    assert "tunesmith train" in capsys.readouterr().out
    name = a_run([Prediction(depth="instant", total_bytes=1100, tokens_per_second=50.0)], 1000, 100.0)
    assert main(["fit", "--history"]) == 0
    words = capsys.readouterr().out
    assert "+10.0%" in words and "−50.0%" in words and name[:10] in words
    assert max(len(line) for line in words.splitlines()) <= 80
    found = fit(capsys, "--history")
    assert [row["run"] for row in found["runs"]] == [name]
    assert found["depths"][0]["memory_median"] == pytest.approx(0.1)


def test_a_folder_without_a_model_is_refused_by_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    error = fit(capsys, str(tmp_path), code=1)["error"]
    assert (error["code"], error["where"]) == ("model.no_config", str(tmp_path))


def test_the_licence_and_what_to_know_of_the_model_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "gpt-oss-20b", *ON_3090]) == 3
    words = " ".join(capsys.readouterr().out.split())
    assert "Licence: Apache License 2.0." in words
    assert "publishes these weights in MXFP4" in words
