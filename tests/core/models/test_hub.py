"""What the hub says of a model, and what it says when it has none."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import TunesmithError
from core.models.find import find
from core.models.headers import read_tensors
from core.models.hub import plan_download, read_metadata
from core.models.hub.choice import HubFile, chosen_files
from core.models.location import starter_path
from tests.hub_server import HubServer, Repository

ID = "smiths/starter"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    shutil.copytree(starter_path(), folder)
    return Repository(folder)


@pytest.fixture
def hub(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    from huggingface_hub import close_session, constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    with HubServer({ID: repository}) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
        close_session()


def refusal(id: str = ID, revision: str = "") -> TunesmithError:
    with pytest.raises(TunesmithError) as caught:
        plan_download(id, revision)
    return caught.value


def chosen(*names: str) -> list[str]:
    return [file.name for file in chosen_files([HubFile(name=name, size_bytes=1) for name in names], "a/b")]


def test_a_model_is_known_before_a_weight_is_downloaded(hub: HubServer, repository: Repository) -> None:
    found = read_metadata(ID)
    tensors, weights_bytes = read_tensors(starter_path())
    assert found.tensors == tensors
    assert found.weights_bytes == weights_bytes
    assert found.total_bytes > weights_bytes
    assert found.config == json.loads((starter_path() / "config.json").read_text())
    assert found.has_chat_template
    assert found.licence == "apache-2.0"
    assert found.sha == repository.sha
    assert all(asked.range for asked in hub.fetched("model.safetensors"))


def test_a_plan_names_the_bytes_to_come_and_touches_no_file(hub: HubServer, home: Path) -> None:
    plan = plan_download(ID)
    assert plan.total_bytes == sum(file.stat().st_size for file in starter_path().iterdir())
    assert (plan.already_bytes, plan.complete) == (0, False)
    assert not home.exists()
    assert not hub.fetched("model.safetensors")


def test_nothing_but_the_model_is_asked_for(hub: HubServer) -> None:
    plan_download(ID)
    assert [asked.path for asked in hub.asked] == [f"/api/models/{ID}"]


@pytest.mark.parametrize(
    "id", ["starter", "a/b/c", "a b/c", "a/b--c", "../etc", "a/..", "https://example.org/a", "a/" + "b" * 100]
)
def test_what_cannot_be_a_hub_id_is_refused_before_the_network_is_asked(id: str, hub: HubServer) -> None:
    assert refusal(id).code == "hub.bad_id"
    assert hub.asked == []


def test_an_unknown_id_is_named_with_what_to_check(hub: HubServer) -> None:
    error = refusal("smiths/nothing")
    assert error.code == "hub.not_found"
    assert "smiths/nothing" in error.what
    assert "spelling" in error.remedy


def test_an_unknown_revision_is_named(hub: HubServer) -> None:
    error = refusal(revision="v9")
    assert error.code == "hub.no_revision"
    assert "v9" in error.what


def test_a_gated_model_says_where_to_accept_the_licence_and_how_to_sign_in(
    hub: HubServer, repository: Repository
) -> None:
    repository.gated = True
    error = refusal()
    assert error.code == "hub.gated"
    assert f"{hub.url}/{ID}" in error.remedy
    assert "HF_TOKEN" in error.remedy


def test_a_gated_model_opens_with_a_token_that_was_accepted(
    hub: HubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.gated, repository.accepted_tokens = True, frozenset({"hf_good"})
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert refusal().code == "hub.gated"
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    assert plan_download(ID).total_bytes > 0


def test_a_gated_model_opens_with_the_keyrings_token(
    hub: HubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keyring
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    repository.gated, repository.accepted_tokens = True, frozenset({"hf_good"})
    assert "tunesmith token save" in refusal().remedy
    monkeypatch.setattr(keyring, "get_password", lambda service, name: "hf_good")
    assert plan_download(ID).total_bytes > 0
    assert read_metadata(ID).tensors


def test_without_a_network_the_error_says_so(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    error = refusal()
    assert error.code == "hub.no_network"
    assert "127.0.0.1:9" in error.why


def test_offline_mode_is_named_as_the_reason(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    error = refusal()
    assert error.code == "hub.offline"
    assert "HF_HUB_OFFLINE" in error.why


@pytest.mark.parametrize(
    ("status", "code"), [(503, "hub.busy"), (429, "hub.busy"), (401, "hub.bad_token"), (418, "hub.refused")]
)
def test_other_answers_of_the_hub_are_told_apart(status: int, code: str, hub: HubServer) -> None:
    hub.status = status
    error = refusal()
    assert error.code == code
    assert str(status) in error.why


def test_a_model_with_pickle_weights_only_is_refused(hub: HubServer, repository: Repository) -> None:
    (repository.folder / "model.safetensors").rename(repository.folder / "pytorch_model.bin")
    error = refusal()
    assert error.code == "model.pickle_only"
    assert "pytorch_model.bin" in error.why
    with pytest.raises(TunesmithError, match="pickle"):
        read_metadata(ID)


def test_a_damaged_weights_header_is_named(hub: HubServer, repository: Repository) -> None:
    (repository.folder / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0not json at all!")
    with pytest.raises(TunesmithError) as caught:
        read_metadata(ID)
    assert caught.value.code == "model.bad_header"
    assert "model.safetensors" in caught.value.where


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [2**48], "data_offsets": [0, 2**50]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "F33", "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": 7, "data_offsets": [0, 4]},
        {"shape": [1]},
        "text",
    ],
)
def test_a_header_on_the_hub_that_claims_what_cannot_be_is_refused(
    entry: object, hub: HubServer, repository: Repository
) -> None:
    header = json.dumps({"x": entry}).encode()
    (repository.folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0\0\0")
    with pytest.raises(TunesmithError) as caught:
        read_metadata(ID)
    assert caught.value.code == "model.bad_header"


def test_the_hubs_model_carries_its_config_and_is_counted_from_its_headers(hub: HubServer) -> None:
    spec = find(ID)
    assert spec.config == json.loads((starter_path() / "config.json").read_text())
    assert (spec.counted_from, spec.source, spec.uncertain) == ("headers", "hub", [])


@pytest.mark.parametrize("change", [{"hidden_size": -1}, {"num_hidden_layers": 10**12}, {"num_key_value_heads": 7}])
def test_a_hub_config_with_impossible_numbers_is_refused(
    change: dict[str, int], hub: HubServer, repository: Repository
) -> None:
    path = repository.folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(TunesmithError) as caught:
        find(ID)
    assert caught.value.code == "model.bad_config"


def test_without_a_network_the_catalogue_and_folders_still_work(
    hub: HubServer, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert find("mistralai/Mistral-7B-Instruct-v0.3").parameters == 7_248_023_552
    assert find(str(repository.folder)).counted_from == "headers"
    with pytest.raises(TunesmithError) as caught:
        find("somebody/something")
    assert caught.value.code == "hub.no_network"


def test_only_what_a_model_is_loaded_from_is_chosen() -> None:
    weights = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    index = "model.safetensors.index.json"
    kept = ["LICENSE", "README.md", "USE_POLICY.md", "chat_template.jinja", "config.json", "generation_config.json"]
    kept += [
        "merges.txt",
        index,
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
    ]
    left = ["consolidated.safetensors", "params.json", "pytorch_model.bin", "pytorch_model.bin.index.json", "a.gguf"]
    left += ["modeling.py", "onnx/model.onnx", "original/params.json", "tf_model.h5", ".gitattributes", "image.png"]
    assert chosen(*weights, *kept, *left) == [*sorted(kept), *weights]


def test_one_file_of_weights_is_preferred_to_shards_beside_it() -> None:
    names = chosen(
        "config.json", "model.safetensors", "model-00001-of-00001.safetensors", "model.safetensors.index.json"
    )
    assert names == ["config.json", "model.safetensors"]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["model-Q4_K_M.gguf", "README.md"], "model.gguf_only"),
        (["README.md"], "model.no_weights"),
        (["model.safetensors", "adapter_config.json"], "model.no_config"),
    ],
)
def test_repositories_that_are_no_model_say_what_they_are(names: list[str], code: str) -> None:
    with pytest.raises(TunesmithError) as caught:
        chosen(*names)
    assert caught.value.code == code


def test_telemetry_is_off_whoever_imported_the_library_first(hub: HubServer) -> None:
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = False
    plan_download(ID)
    assert constants.HF_HUB_DISABLE_TELEMETRY
