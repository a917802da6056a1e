"""The Model page's sentences, and what the terms of an architecture mean."""

from __future__ import annotations

from core.fit.describe import sentence
from core.fit.words import format_bytes
from core.models.spec import ModelSpec
from desktop.state import AppState
from desktop.widgets.group_bars import GroupLine

GROUP_TITLES = {
    "embeddings": "Embeddings",
    "head": "Output head",
    "attention": "Attention",
    "mlp": "MLP",
    "experts": "Experts",
    "shared_expert": "Shared expert",
    "router": "Router",
    "norms": "Norms",
    "vision": "Vision",
    "other": "Other",
}

GROUP_TIPS = {
    "embeddings": "One row of numbers for each token of the vocabulary: how a token enters the model. Not quantised.",
    "head": "Turns the last layer's numbers into one score for each token of the vocabulary. Not quantised.",
    "attention": "The parts of each layer that look back at earlier tokens. LoRA adapts them.",
    "mlp": "The parts of each layer that work on each token by itself; most of a dense model. LoRA adapts them.",
    "experts": "Many small MLPs in each layer, of which each token uses a few.",
    "shared_expert": "An expert that every token uses.",
    "router": "Chooses the experts for each token.",
    "norms": "Keep the numbers in a sensible range between the parts. Tiny.",
    "vision": "Reads pictures. Tunesmith trains the text part only.",
    "other": "What belongs to none of these.",
}

FACT_TIPS = {
    "Parameters": "How many numbers the model has learnt. Memory and time grow with them.",
    "On disk": "The weights' files, as they are stored.",
    "Licence": "What the makers allow. Read it before you give a tuned model away.",
    "Stored as": "The number format of the weights on disk. BF16 takes two bytes a parameter.",
    "Architecture": "The kind of model, as its configuration names it.",
    "Layers": "How many blocks of attention and MLP lie one after the other.",
    "Width": "How many numbers stand for a token between the layers (hidden size).",
    "MLP width": "How many numbers stand for a token inside each MLP.",
    "Heads": "Into how many parts attention is split, and how wide each is.",
    "KV heads": "Key-value heads: where there are fewer than heads, several heads share one, which saves memory.",
    "Vocabulary": "How many different tokens the model knows; a token is about three quarters of an English word.",
    "Context": "The longest text it was made for, in tokens. Training on shorter rows is fine.",
    "Experts": "How many MLPs each layer has, and how many of them a token uses.",
    "Chat template": "How a conversation is written for this model. Without one, Tunesmith uses a plain one.",
    "Tied head": "Whether the output head is the same matrix as the embeddings, counted once.",
}


def format_count(count: int) -> str:
    """“3.7M”, “135M”, “8.03B”: three digits at most, as the names of models have it."""
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if count >= size:
            value = count / size
            return f"{value:.0f}{letter}" if value >= 100 else f"{value:.3g}{letter}"
    return str(count)


def trained_groups(spec: ModelSpec) -> set[str]:
    """The groups of which an adapter can sit on a layer; all others stay as they are."""
    return {layer.group for layer in spec.linears if layer.adaptable}


def group_lines(spec: ModelSpec) -> list[GroupLine]:
    """Every group, the largest first."""
    trained = trained_groups(spec)
    return [
        GroupLine(
            GROUP_TITLES.get(group, group),
            format_count(count),
            count / max(1, spec.parameters),
            GROUP_TIPS.get(group, "") + ("" if group in trained else " Not trained."),
            group in trained,
        )
        for group, count in sorted(spec.parameters_by_group.items(), key=lambda item: -item[1])
        if count
    ]


def trained_words(spec: ModelSpec) -> str:
    """What of the parameters adapters work on, and what of them stays on the disk."""
    reached = sum(spec.parameters_by_group.get(group, 0) for group in trained_groups(spec))
    share = reached / max(1, spec.parameters)
    words = f"Adapters can sit on the filled bars, {100 * share:.1f} % of the parameters. The hatched are not trained."
    if spec.experts_per_token and spec.experts:
        words += f" A token meets {spec.experts_per_token} of {spec.experts} experts, but all must be in memory."
    if spec.unused_parameters:
        words += f" {format_count(spec.unused_parameters)} stay on the disk, since only text is trained."
    return words


def size_facts(spec: ModelSpec) -> list[tuple[str, str]]:
    """How large it is and whose."""
    weights = format_bytes(spec.weights_bytes) if spec.weights_bytes else "no weights, only a configuration"
    stored = [("Stored as", spec.dtype)] if spec.dtype else []
    return [
        ("Parameters", f"{spec.parameters:,}"),
        ("On disk", weights),
        *stored,
        ("Licence", spec.licence or "not said"),
        ("Chat template", "yes" if spec.has_chat_template else "none"),
    ]


def kind_facts(spec: ModelSpec) -> list[tuple[str, str]]:
    """What it is called in code: a long word, which has a line of its own."""
    return [("Architecture", spec.architecture or spec.model_type)]


def shape_facts(spec: ModelSpec) -> list[tuple[str, str]]:
    """How it is built."""
    experts = [("Experts", f"{spec.experts:,}, {spec.experts_per_token} a token")] if spec.experts else []
    return [
        ("Layers", f"{spec.layers:,}"),
        ("Width", f"{spec.hidden_size:,}"),
        ("MLP width", f"{spec.intermediate_size:,}"),
        ("Heads", f"{spec.heads} of {spec.head_dim}"),
        ("KV heads", f"{spec.kv_heads}"),
        *experts,
        ("Vocabulary", f"{spec.vocabulary:,}"),
        ("Context", f"{spec.context_length:,}" if spec.context_length else "not said"),
        ("Tied head", "yes" if spec.tied else "no"),
    ]


def title_of(spec: ModelSpec) -> str:
    """Its name for people; a downloaded folder `owner--name` is called as on the hub."""
    return "Starter" if spec.source == "starter" else spec.name.replace("--", "/", 1)


def place_of(spec: ModelSpec) -> str:
    """Where it is."""
    if spec.source == "starter":
        return "Ships with Tunesmith"
    return f"On the hub: {spec.path}" if spec.source == "hub" else spec.path


def disk_words(spec: ModelSpec, state: AppState) -> str:
    """Before a download: what it takes of the disk, and what there is."""
    if not state.hub_model:
        return "" if spec.has_weights else "Only a configuration: it can be planned for, but not trained."
    free = f"; {format_bytes(state.machine.disk_free_bytes)} are free" if state.machine else ""
    begun = " A part of it is here already." if state.hub_model in state.begun_downloads else ""
    return f"The download takes {format_bytes(spec.weights_bytes)} of disk{free}.{begun}"


def disk_is_too_small(spec: ModelSpec, state: AppState) -> bool:
    """Whether a download would certainly not fit; the worker checks to the byte."""
    begun = state.hub_model in state.begun_downloads
    return state.machine is not None and not begun and spec.weights_bytes > state.machine.disk_free_bytes


def model_sentence(state: AppState) -> str:
    """The page's state in one sentence."""
    if state.downloading:
        return f"Downloading {state.downloading}. You can go on meanwhile."
    if state.model is None:
        return "No model is chosen." if "model" in state.errors else "Reading the model."
    if not state.model.has_weights:
        return f"{title_of(state.model)} has no weights."
    found = state.recommendation
    fit = sentence(found) if found is not None and found.model == state.model else f"{title_of(state.model)} is chosen."
    return f"{fit} It is not on this disk yet." if state.hub_model else fit
