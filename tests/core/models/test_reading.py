from __future__ import annotations

import copy
import json
import random
import struct

import pytest

from core.errors import TunesmithError
from core.models import catalogue
from core.models.location import starter_path
from core.models.reading import read_folder, spec_of, spec_of_build, starter_spec


def count(model) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def edit_config(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def refused(folder) -> TunesmithError:
    with pytest.raises(TunesmithError) as caught:
        read_folder(folder)
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize(
    ("model_type", "changes"),
    [
        ("llama", {"tie_word_embeddings": False}),
        ("llama", {"tie_word_embeddings": True}),
        ("qwen2", {}),
        ("phi3", {}),
        ("gemma2", {}),
        ("mixtral", {"num_local_experts": 4}),
        ("qwen3_moe", {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}),
        ("falcon", {"head_dim": None, "multi_query": True, "bias": False}),
        ("gpt2", {"n_embd": 64, "n_head": 4, "n_layer": 2}),
        ("gpt_oss", {"num_local_experts": 4, "num_experts_per_tok": 2}),
        ("olmo2", {"tie_word_embeddings": False}),
        ("phi", {"head_dim": None}),
    ],
)
def test_a_folders_parameters_are_counted_exactly_as_the_built_model_has_them(save_model, model_type, changes):
    folder, model = save_model(model_type, **changes)
    spec = read_folder(folder)
    assert spec.parameters == count(model)
    assert spec.parameters == sum(spec.parameters_by_group.values())
    assert spec.counted_from == "headers"
    assert spec.tied == (model.get_output_embeddings().weight is model.get_input_embeddings().weight)
    assert "other" not in spec.parameters_by_group


def test_the_linear_layers_are_those_that_an_adapter_can_be_put_on(save_model):
    folder, model = save_model("qwen2", tie_word_embeddings=False)
    linears = {kind.name: kind for kind in read_folder(folder).linears}
    assert (linears["k_proj"].out_features, linears["k_proj"].in_features, linears["k_proj"].count) == (32, 64, 2)
    assert linears["k_proj"].bias and not linears["o_proj"].bias
    assert not linears["lm_head"].quantizable
    named = {name.rpartition(".")[2] for name, module in model.named_modules() if type(module).__name__ == "Linear"}
    assert set(linears) == named


def test_experts_and_routers_are_counted_apart_and_not_quantised(save_model):
    folder, _ = save_model("mixtral", num_local_experts=4, num_experts_per_tok=2)
    spec = read_folder(folder)
    assert (spec.experts, spec.experts_per_token) == (4, 2)
    assert spec.parameters_by_group["experts"] == 2 * 4 * 3 * 64 * 128
    assert spec.parameters_by_group["router"] == 2 * 4 * 64
    assert {kind.name for kind in spec.linears if kind.quantizable} == {"q_proj", "k_proj", "v_proj", "o_proj"}


def test_a_model_in_several_files_is_one_model(save_model):
    folder, model = save_model("llama", max_shard_size="100KB")
    assert len(list(folder.glob("*.safetensors"))) > 1
    assert read_folder(folder).parameters == count(model)


def test_the_starter_is_read_with_its_template():
    spec = starter_spec()
    assert spec.source == "starter"
    assert spec.has_chat_template
    assert spec.weights_bytes == (starter_path() / "model.safetensors").stat().st_size


def test_the_model_cards_licence_is_shown(save_model):
    folder, _ = save_model()
    (folder / "README.md").write_text("---\ntags: [x]\nlicense: apache-2.0\n---\nlicense: other\n")
    assert read_folder(folder).licence == "apache-2.0"


def test_a_folder_with_a_config_alone_is_counted_from_it(save_model):
    folder, model = save_model("qwen3")
    (folder / "model.safetensors").unlink()
    spec = read_folder(folder)
    assert (spec.parameters, spec.counted_from, spec.has_weights) == (count(model), "config", False)


def test_a_config_alone_of_an_unknown_family_is_refused_with_what_helps(save_model):
    folder, _ = save_model()
    (folder / "model.safetensors").unlink()
    edit_config(folder, model_type="zebra")
    error = refused(folder)
    assert error.code == "model.unknown_family"
    assert "zebra" in error.why


def test_what_is_no_model_is_named_for_what_it_is(tmp_path, save_model):
    assert refused(tmp_path / "nowhere").code == "model.not_found"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert refused(empty).code == "model.no_config"
    (empty / "adapter_config.json").write_text("{}")
    assert "adapter" in refused(empty).why
    (empty / "model.Q4_K_M.gguf").touch()
    assert refused(empty).code == "model.gguf_only"
    folder, _ = save_model()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    error = refused(folder)
    assert error.code == "model.pickle_only"
    assert "pytorch_model.bin" in error.why


def test_a_missing_file_of_several_is_named(save_model):
    folder, _ = save_model("llama", max_shard_size="100KB")
    lost = sorted(folder.glob("model-*.safetensors"))[1]
    lost.unlink()
    error = refused(folder)
    assert error.code == "model.missing_shard"
    assert lost.name in error.what
    (folder / "model.safetensors.index.json").unlink()
    assert refused(folder).code == "model.missing_shard"


def test_an_index_cannot_point_outside_the_folder(save_model):
    folder, _ = save_model()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../../etc/passwd"}}')
    assert refused(folder).code == "model.bad_header"


def test_an_unknown_family_is_told_from_its_weights_with_what_is_less_sure(save_model):
    folder, model = save_model("llama", tie_word_embeddings=False)
    edit_config(folder, model_type="zebra")
    spec = read_folder(folder)
    assert (spec.parameters, spec.counted_from, spec.model_type) == (count(model), "headers", "zebra")
    assert "zebra" in spec.uncertain[0]
    assert {kind.name for kind in spec.linears if kind.adaptable} >= {"q_proj", "down_proj"}


def test_sizes_that_an_unknown_config_does_not_name_are_told_from_the_weights(save_model):
    folder, _ = save_model("llama")
    path = folder / "config.json"
    path.write_text('{"model_type": "zebra", "stripes": 7}')
    spec = read_folder(folder)
    assert (spec.layers, spec.hidden_size, spec.vocabulary) == (2, 64, 96)
    assert sum("does not name" in line for line in spec.uncertain) == 4
    assert spec.config == {"model_type": "zebra", "stripes": 7}


def test_a_family_that_only_transformers_knows_is_counted_from_what_a_worker_built(save_model):
    folder, model = save_model("llama", tie_word_embeddings=False)
    document = json.loads((folder / "config.json").read_text()) | {"model_type": "zebra", "dtype": "bfloat16"}
    pairs = [(name, list(parameter.shape)) for name, parameter in model.named_parameters()]
    spec = spec_of_build(document, pairs, name="zebra", source="folder", path="/somewhere")
    assert (spec.parameters, spec.counted_from, spec.has_weights) == (count(model), "build", False)
    assert (spec.dtype, spec.config) == ("bfloat16", document)
    assert spec.uncertain
    with pytest.raises(TunesmithError) as caught:
        spec_of_build(document, [], name="zebra", source="folder", path="/somewhere")
    assert caught.value.code == "model.bad_config"


def test_layers_that_nobody_loads_are_not_counted(save_model):
    """DeepSeek 3 and GLM 4.5 store one layer more, which guesses a second token."""
    folder, model = save_model("llama", num_hidden_layers=3)
    edit_config(folder, num_hidden_layers=2)
    layer = sum(each.numel() for name, each in model.named_parameters() if ".layers.2." in name)
    assert read_folder(folder).parameters == count(model) - layer


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        struct.pack("<Q", 2**60) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{]",
        struct.pack("<Q", 2) + b"{}" + b"left over",
    ],
)
def test_a_damaged_weights_file_is_refused(save_model, content):
    folder, _ = save_model()
    (folder / "model.safetensors").write_bytes(content)
    error = refused(folder)
    assert error.code == "model.bad_header"
    assert error.where.endswith("model.safetensors")


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [0, 2**50]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1.0], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]},
        {"dtype": "F33", "shape": [1], "data_offsets": [0, 4]},
        {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": 7, "data_offsets": [0, 4]},
        {"shape": [1]},
        "text",
    ],
)
def test_a_header_that_claims_what_cannot_be_is_refused(save_model, entry):
    folder, _ = save_model()
    header = json.dumps({"x": entry}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + b"\0\0\0\0")
    assert refused(folder).code == "model.bad_header"


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_size": -64},
        {"num_hidden_layers": 0},
        {"num_hidden_layers": 10**9},
        {"vocab_size": "96"},
        {"vocab_size": True},
        {"num_attention_heads": None},
        {"num_key_value_heads": 3},
        {"hidden_size": 128},
        {"num_hidden_layers": 3},
        {"layer_types": ["full_attention"]},
        {"layer_types": "full_attention"},
        {"sliding_window": -5, "model_type": "mistral"},
        {"final_logit_softcapping": -1},
        {"num_experts": -4},
        {"num_experts": 4, "num_experts_per_tok": 8},
        {"qk_nope_head_dim": 0},
        {"text_config": {"hidden_size": 10**30}},
    ],
)
def test_a_config_with_impossible_or_contradictory_numbers_is_refused(save_model, changes):
    folder, _ = save_model()
    edit_config(folder, **changes)
    assert refused(folder).code == "model.bad_config"


def test_a_garbled_config_is_counted_or_refused_and_never_a_crash():
    odd = [-1, 0, 3, 2**31, 10**30, "x", [], {}, None, 1.5, float("inf"), True, [None], ["full_attention"]]
    chance = random.Random(7)
    refusals = 0
    for _ in range(400):
        document = copy.deepcopy(chance.choice(catalogue.models()).config)
        part = chance.choice([document, *(value for value in document.values() if isinstance(value, dict))])
        part[chance.choice(list(part))] = chance.choice(odd)
        try:
            spec_of(document, {}, name="test", source="folder", path="test")
        except TunesmithError:
            refusals += 1
    assert 100 < refusals < 400


def test_a_config_that_is_no_json_is_refused(save_model):
    folder, _ = save_model()
    for text in ("{", "[]", "\x00"):
        (folder / "config.json").write_text(text)
        assert refused(folder).code == "model.bad_config"


@pytest.mark.parametrize("method", ["gptq", "awq", "bitsandbytes"])
def test_weights_that_are_quantised_already_are_refused_with_the_way_out(save_model, method):
    folder, _ = save_model()
    edit_config(folder, quantization_config={"quant_method": method})
    error = refused(folder)
    assert error.code == "model.already_quantized"
    assert "16 bits" in error.remedy
