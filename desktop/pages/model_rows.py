"""The Model page's list: which rows there are for a search, and what choosing one means."""

from __future__ import annotations

from pathlib import Path

from core.job import STARTER
from core.models.find import HUB_ID
from desktop.intents import ChooseHubModel, ChooseModelFolder, ChooseStarter, Intent
from desktop.model_choice import ChoiceKind, ModelChoice
from desktop.pages.model_words import format_count, title_of
from desktop.state import AppState
from desktop.widgets.model_list import ListRow

SECTIONS: dict[ChoiceKind, str] = {
    "starter": "Ships with Tunesmith",
    "downloaded": "On this disk",
    "catalogue": "On the hub",
}
HUB_ADDRESS = "https://huggingface.co/"
FOLDER, HUB = "folder:", "hub:"


def list_rows(state: AppState, search: str, *, only_fitting: bool = False) -> list[ListRow]:
    """Sections with the models that match, one chosen by hand among them; a hub id that is typed can be looked up.

    With `only_fitting` those that are known not to fit are left out."""
    words = search.lower().split()
    choices = [*state.model_choices, *_by_hand(state)]
    if only_fitting:
        choices = [choice for choice in choices if choice.verdict != "does_not_fit"]
    rows: list[ListRow] = []
    for kind, heading in SECTIONS.items():
        found = [c for c in choices if c.kind == kind and all(word in f"{c.title} {c.id}".lower() for word in words)]
        if found:
            rows += [ListRow("", heading), *(_row(choice) for choice in found)]
    wanted = hub_id(search)
    if wanted and not any(row.key == HUB + wanted for row in rows):
        rows.append(ListRow(HUB + wanted, f"Look up {wanted} on the hub", is_action=True))
    elif only_fitting and not rows:
        rows.append(ListRow("", "Nothing that fits is called so."))
    elif words and not rows:
        rows.append(ListRow("", "Nothing found. To look on the hub, write owner/name."))
    return rows


def count_words(state: AppState) -> str:
    """“71 of 96 fit”; nothing before all are judged."""
    verdicts = [choice.verdict for choice in state.model_choices]
    if not verdicts or None in verdicts:
        return ""
    return f"{sum(verdict != 'does_not_fit' for verdict in verdicts)} of {len(verdicts)} fit"


def hub_id(text: str) -> str:
    """The hub id that `text` is, or is the address of; "" if it is none."""
    wanted = text.strip().removeprefix(HUB_ADDRESS).strip("/")
    return wanted if HUB_ID.fullmatch(wanted) else ""


def intent_of(key: str) -> Intent | None:
    """What choosing the row with `key` means."""
    if key == STARTER:
        return ChooseStarter()
    if key.startswith(FOLDER):
        return ChooseModelFolder(Path(key.removeprefix(FOLDER)))
    return ChooseHubModel(key.removeprefix(HUB)) if key.startswith(HUB) else None


def chosen_key(state: AppState) -> str:
    """The key of the row of the chosen model."""
    if state.hub_model:
        return HUB + state.hub_model
    if state.model is None:
        return ""
    return STARTER if state.model.source == "starter" else FOLDER + state.model.path


def _row(choice: ModelChoice) -> ListRow:
    keys = {"starter": STARTER, "downloaded": FOLDER + choice.path, "catalogue": HUB + choice.id}
    size = format_count(choice.parameters) if choice.parameters else ""
    return ListRow(keys[choice.kind], choice.title, size, choice.verdict)


def _by_hand(state: AppState) -> list[ModelChoice]:
    """The chosen model where no list holds it: a folder from elsewhere, a hub model that was looked up."""
    known = {_row(choice).key for choice in state.model_choices}
    if not chosen_key(state) or chosen_key(state) in known:
        return []
    spec = state.model
    verdict = None
    if spec is not None and state.recommendation is not None and state.recommendation.model == spec:
        verdict = state.recommendation.verdict
    parameters = spec.parameters if spec else 0
    if state.hub_model:
        return [ModelChoice("catalogue", state.hub_model, state.hub_model, "", parameters, verdict)]
    assert spec is not None
    return [ModelChoice("downloaded", spec.name, title_of(spec), spec.path, parameters, verdict)]
