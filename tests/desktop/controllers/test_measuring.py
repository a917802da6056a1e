"""What was measured of the settings before is found again and stands in the place of the estimate."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from core.fit.measured import memory_of
from core.fit.measurement import Measurement
from core.fit.recommend import recommend
from core.fit.values import DataLengths
from core.models.reading import starter_spec
from core.tasks import measure
from desktop.controllers.fit import FitController
from desktop.controllers.measuring import MeasuringController
from desktop.pages.train import TrainPage
from tests.desktop.bench import bench
from tests.desktop.pages.test_train_page import ram, report

PEAK = 700 * 2**20
MEASURED = Measurement(
    device_name="a processor",
    on_card=False,
    parts=[],
    peak_bytes=PEAK,
    allocated_peak_bytes=0,
    context_bytes=300 * 2**20,
    batch_s=0.2,
    batch_low_s=0.19,
    batch_high_s=0.22,
    besides_s=0.05,
    tokens=512,
    layers=4,
    layers_built=2,
    ran_out=False,
    seconds=30.0,
    versions={},
)


def test_a_kept_measurement_corrects_the_plan_and_the_button_goes(qtbot: QtBot) -> None:
    spec, machine = starter_spec(), ram()
    first = recommend(spec, machine, DataLengths(lengths=[40] * 400)).plans[0]
    measure.keep(spec, first.at_longest, machine, MEASURED)
    with bench(qtbot, TrainPage(), FitController, MeasuringController) as made:
        page = made.page
        assert isinstance(page, TrainPage)
        made.store.update(dataset=report([40] * 400), fit_machine=machine, model=spec)
        qtbot.waitUntil(lambda: made.state.estimate is not None)
        assert page.forecast.measure.isVisible() and page.forecast.measure.isEnabled()
        qtbot.waitUntil(lambda: made.state.estimate is not None and made.state.estimate.depth == "measured")
        assert made.state.estimate is not None
        total = made.state.estimate.total_bytes
        assert total == memory_of(first.memory, MEASURED).total_bytes >= PEAK
        assert page.forecast.sure.text().startswith(f"Measured by real steps here: {total / 2**20:,.0f} MiB, ")
        assert not page.forecast.measure.isVisible()
        assert sum(part.size_bytes for part in page.forecast.bar.strip.drawn if part.kind == "term") == total
