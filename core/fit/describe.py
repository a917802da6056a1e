"""The plain sentence: whether a model fits, and by how much. The window and the command line say the same."""

from __future__ import annotations

from core.fit.values import TERM_TITLES, FitMachine, Plan, Recommendation
from core.fit.words import format_bytes, format_hours, format_price
from core.models.spec import ModelSpec

HOUR_S = 3600.0


def sentence(recommendation: Recommendation) -> str:
    """“Llama 3.1 8B fits your RTX 3090 with 3.1 GiB to spare.” Of the first plan."""
    machine = recommendation.machine
    name, place = model_name(recommendation.model), place_name(machine)
    spare = machine.memory_usable_bytes - recommendation.plans[0].memory.total_bytes
    amount = format_bytes(abs(spare))
    if recommendation.verdict == "does_not_fit":
        even = ", even with the leanest settings" if recommendation.plans[0].name == "leanest" else ""
        return f"{name} does not fit {place}: {amount} are missing{even}."
    if recommendation.verdict == "tight":
        return f"{name} is a tight fit for {place}, with {amount} to spare."
    return f"{name} fits {place} with {amount} to spare."


def spare_words(total_bytes: int, machine: FitMachine) -> str:
    """What the plan takes of what there is."""
    usable = machine.memory_usable_bytes
    words = f"It takes {format_bytes(total_bytes)} of the {format_bytes(usable)} that are free for it"
    missing = total_bytes - usable
    return f"{words}: {format_bytes(missing)} are missing." if missing > 0 else f"{words}."


def cost_sentences(plan: Plan) -> list[str]:
    """Time, electricity, the cheapest rented card of each kind of provider, and a service for comparison; each in a
    sentence. Nothing without a data set."""
    duration, cost = plan.duration, plan.cost
    if duration is None or cost is None:
        return []
    hours = [format_hours(seconds / HOUR_S) for seconds in (duration.seconds, duration.low_s, duration.high_s)]
    found = [f"Time: {_with_range(*hours)} for {duration.steps:,} steps and {duration.tokens:,} tokens."]
    if cost.electricity is not None and cost.low is not None and cost.high is not None:
        prices = [format_price(price, cost.currency) for price in (cost.electricity, cost.low, cost.high)]
        each = format_price(cost.price_per_kwh, cost.currency)
        found.append(f"The card's electricity: {_with_range(*prices)} at {each} a kWh.")
    cheapest = {job.provider: job for job in reversed(cost.rented)}
    found += [
        f"On a rented {job.card} ({job.provider}): {format_price(job.price, cost.currency)}, "
        f"{format_hours(job.hours)} at {format_price(job.price_per_hour, cost.currency)} an hour ({job.as_of})."
        for job in sorted(cheapest.values(), key=lambda job: job.price)
    ]
    services = {job.same_model: job for job in reversed(cost.api)}
    found += [
        f"For comparison, a fine-tuning service: {format_price(job.price, cost.currency)} for these tokens, "
        f"{job.offer}{'' if job.same_model else ', another model'} ({job.as_of})."
        for job in sorted(services.values(), key=lambda job: not job.same_model)
    ]
    return found


def _with_range(expected: str, low: str, high: str) -> str:
    return expected if low == high else f"about {expected} ({low} to {high})"


def term_title(name: str, machine: FitMachine) -> str:
    """A memory term's name for people. Without a card there is no CUDA context, but the program itself."""
    return "Program itself" if name == "context" and not machine.is_gpu else TERM_TITLES[name]


def model_name(spec: ModelSpec) -> str:
    """The model's name at the start of a sentence."""
    return "The starter model" if spec.source == "starter" else spec.name


def place_name(machine: FitMachine) -> str:
    """The place that is planned for, inside a sentence."""
    if not machine.is_gpu:
        return "this computer's RAM"
    name = machine.gpu.removeprefix("NVIDIA ").removeprefix("GeForce ")
    if not machine.simulated:
        return f"your {name}"
    return name if machine.gpu_count > 1 else f"{article(name)} {name}"


def article(name: str) -> str:
    """“a” or “an”, as the name is said: an RTX, an A100, an L4; a GTX, a T4, a card."""
    return "an" if name[:1] in "AHLR" else "a"
