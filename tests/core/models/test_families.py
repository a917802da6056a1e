"""Each family's layers, by heart and as transformers builds them."""

from __future__ import annotations

import pytest
import torch

from core.models import catalogue
from core.models.config import parse_config
from core.models.families import FAMILIES, tensors_of
from tests.core.models.conftest import SIZES, build_model

MORE = {
    "mixtral": {"num_local_experts": 4},
    "qwen3_moe": {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32},
    "llama": {"attention_bias": True, "mlp_bias": True},
}


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("model_type", FAMILIES)
def test_every_tensor_of_a_family_has_the_name_and_shape_that_transformers_gives_it(model_type, tied):
    changes = MORE.get(model_type, {}) | {"tie_word_embeddings": tied}
    with torch.device("meta"):
        model = build_model(model_type, **changes)
    config = parse_config(SIZES | changes | {"model_type": model_type}, "test")
    ours = {name: shape for name, (_, shape) in tensors_of(config, "test").items()}
    assert ours == {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}


def test_every_catalogue_model_has_the_published_number_of_parameters_and_the_built_models():
    import transformers

    transformers.logging.set_verbosity_error()
    entries = catalogue.models()
    assert len(entries) >= 10
    for entry in entries:
        with torch.device("meta"):
            model = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.for_model(**entry.config))
        built = sum(parameter.numel() for parameter in model.parameters())
        assert catalogue.spec_of(entry.name).parameters == entry.parameters == built, entry.name


def test_catalogue_names_are_unique_and_found_whatever_their_case():
    names = [entry.name for entry in catalogue.models()]
    assert len(set(names)) == len(names)
    assert catalogue.named("LLAMA-3.1-8B-Instruct") is catalogue.named("meta-llama/Llama-3.1-8B-Instruct")
