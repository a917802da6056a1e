"""What the recommendation believes of the models that are known offline is what transformers says."""

from __future__ import annotations

import pytest
from transformers import AutoConfig

from core.engine.refusals import check_joining
from core.errors import TunesmithError
from core.fit.rules import joins_rows
from core.models.catalogue import CatalogueModel, models, spec_of
from core.settings import TrainingSettings


def _engine_joins(entry: CatalogueModel) -> bool:
    given = {key: value for key, value in entry.config.items() if key not in ("model_type", "quantization_config")}
    try:
        check_joining(AutoConfig.for_model(entry.config["model_type"], **given), TrainingSettings(padding_free=True))
    except TunesmithError:
        return False
    return True


@pytest.mark.parametrize("kind", sorted({spec_of(entry.name).model_type for entry in models()}))
def test_no_recommendation_joins_rows_that_the_engine_would_not(kind: str) -> None:
    of_kind = [entry for entry in models() if spec_of(entry.name).model_type == kind]
    for entry in of_kind[:2]:
        spec = spec_of(entry.name)
        eager = spec.attention_softcap > 0 or spec.attention_sinks
        assert joins_rows(spec) == (_engine_joins(entry) and not eager)
