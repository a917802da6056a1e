"""The answer of `tunesmith fit` in words: sentence, bar, terms, plans, time and cost, reasons, alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from core.cli.output import Output
from core.fit.describe import cost_sentences, sentence, term_title
from core.fit.values import Alternative, FitMachine, MemoryEstimate, Plan, Recommendation
from core.fit.words import format_bytes, format_hours, format_price

BAR_WIDTH = 60
GIB = 2**30
MARKS = "█▓▒░▚▞▤▥▧"  # one a term, so that the bar reads without colour
COLOURS = ("blue", "dark_orange", "green", "yellow", "magenta", "cyan", "red", "white", "bright_black")
TITLES = {"best_quality": "Best quality", "fastest": "Fastest", "leanest": "Leanest", "yours": "Yours"}
KINDS = {
    "smaller_model": "Models that fit",
    "bigger_card": "Cards that would do",
    "rent": "Cards to rent",
    "api": "For comparison",
}


def print_answer(found: Recommendation, out: Output) -> None:
    """Everything that is known, the most important first."""
    first = found.plans[0]
    out.print(Text(sentence(found), style="bold"))
    out.print(_bar(first.memory, found.machine))
    out.print(_terms(first.memory, found.machine))
    for line in depth_lines(first):
        out.print(Text(line))
    out.print(_plans(found.plans))
    _print_list(f"Why {_title(first)}", first.reasons, out)
    if first.cost is not None and first.verdict != "does_not_fit":
        _print_list("Time and cost", cost_sentences(first), out)
    _print_alternatives(found, out)


def _title(plan: Plan) -> str:
    return "these figures" if plan.name == "yours" else TITLES[plan.name].lower()


def _bar(memory: MemoryEstimate, machine: FitMachine) -> Text:
    """The terms stacked against the card: its end is the bar |, and what is beyond it does not fit."""
    scale = max(memory.total_bytes + machine.held_bytes, machine.memory_total_bytes)
    bar = Text("╱" * round(BAR_WIDTH * machine.held_bytes / scale), style="dim")
    drawn = machine.held_bytes
    for number, size_bytes in enumerate(memory.terms.values()):
        end = round(BAR_WIDTH * (drawn + size_bytes) / scale)
        bar.append(MARKS[number] * (end - round(BAR_WIDTH * drawn / scale)), style=COLOURS[number])
        drawn += size_bytes
    bar.append("·" * (BAR_WIDTH - round(BAR_WIDTH * drawn / scale)), style="dim")
    edge = min(BAR_WIDTH, round(BAR_WIDTH * machine.memory_total_bytes / scale))
    size = f" {format_bytes(machine.memory_total_bytes)}"
    return Text.assemble(bar[:edge], ("|", "bold"), (bar[edge:].plain, "red"), size)


def _terms(memory: MemoryEstimate, machine: FitMachine) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 1))
    table.add_column()
    table.add_column()
    table.add_column(justify="right")
    for number, (name, size_bytes) in enumerate(memory.terms.items()):
        table.add_row(Text(MARKS[number], style=COLOURS[number]), term_title(name, machine), format_bytes(size_bytes))
    table.add_row("", Text("Total", style="bold"), Text(format_bytes(memory.total_bytes), style="bold"))
    return table


def depth_lines(plan: Plan) -> list[str]:
    """What each depth said of memory and of speed, with the difference to the one before it. Nothing where there is but
    one."""
    if len(plan.depths) < 2:
        return []
    memory = [(one.depth, float(one.total_bytes), _exact(one.total_bytes)) for one in plan.depths]
    speed = [(one.depth, one.tokens_per_second, f"{_thousands(one.tokens_per_second)} tokens/s") for one in plan.depths]
    return [f"Memory: {_compared(memory)}", f"Speed: {_compared(speed)}"]


def _exact(size_bytes: int) -> str:
    """With two decimals of a GiB, because depths differ in the second."""
    return f"{size_bytes / GIB:.2f} GiB" if size_bytes >= GIB else format_bytes(size_bytes)


def _compared(figures: Sequence[tuple[str, float, str]]) -> str:
    """“instant 7.41 GiB · rehearsed 7.58 GiB (+2.3 %)”."""
    words = []
    for number, (depth, value, said) in enumerate(figures):
        before = figures[number - 1][1] if number else 0.0
        change = f" ({100 * (value / before - 1):+.1f} %)".replace("-", "−") if before else ""
        words.append(f"{depth} {said}{change}")
    return " · ".join(words)


def _plans(plans: list[Plan]) -> Table:
    """One plan a row. Where the rows are known, time and price say more than how the memory is saved."""
    table = Table(box=None, padding=(0, 1, 0, 0))
    last = ("Time", "Power") if plans[0].duration else ("Recompute", "Optimiser")
    for title in ("Plan", "Memory", "Tokens/s", "Weights", "Rank", "Length", "Batch", *last):
        table.add_column(title, no_wrap=True)
    for plan in plans:
        settings = plan.settings
        table.add_row(
            TITLES[plan.name],
            format_bytes(plan.memory.total_bytes),
            f"{_thousands(plan.speed.low)}–{_thousands(plan.speed.high)}",
            settings.quantization if settings.quantization != "none" else settings.compute_dtype,
            str(settings.lora_rank),
            f"{settings.max_seq_length:,}",
            f"{settings.per_device_batch_size}×{settings.gradient_accumulation_steps}",
            *_last_columns(plan),
        )
    return table


def _thousands(number: float) -> str:
    if number < 10:
        return f"{number:.1f}"
    return f"{number:,.0f}" if number < 10_000 else f"{number / 1000:,.0f}k"


def _last_columns(plan: Plan) -> tuple[str, str]:
    if plan.duration is None:
        again = "yes" if plan.settings.gradient_checkpointing else "no"
        return again, plan.settings.optimizer.replace("paged_adamw", "paged")
    cost = plan.cost
    power = format_price(cost.electricity, cost.currency) if cost and cost.electricity is not None else "–"
    hours = format_hours(plan.duration.seconds / 3600)
    return hours.replace("under a minute", "<1 min"), power.replace("under ", "<")


def _print_list(heading: str, lines: Iterable[str], out: Output) -> None:
    """Lines under a heading, each with a mark that its further lines are indented behind."""
    table = Table(show_header=False, box=None, padding=0)
    table.add_column(width=2)
    table.add_column()
    for line in lines:
        table.add_row("·", Text(line))
    if table.row_count:
        out.print("")
        out.print(Text(heading, style="bold"))
        out.print(table)


def _print_alternatives(found: Recommendation, out: Output) -> None:
    """What else would work, one list a kind."""
    settings = [one for one in found.alternatives if one.kind == "setting"]
    _print_list(_settings_heading(settings), (_fix(one) for one in settings), out)
    for kind, heading in KINDS.items():
        lines = [one.text.removeprefix("For comparison, ") for one in found.alternatives if one.kind == kind]
        _print_list(heading, (line[:1].upper() + line[1:] for line in lines), out)


def _settings_heading(settings: list[Alternative]) -> str:
    if any(one.verdict in ("fits", "tight") for one in settings):
        return "Settings that make it fit, or come closer"
    return "What each setting saves; all of them together are not enough"


def _fix(fix: Alternative) -> str:
    words = {"fits": "  then it fits", "tight": "  then it is a tight fit"}
    return fix.text + words.get(fix.verdict or "", "")
