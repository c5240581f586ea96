"""What a score goes with: from a typical patient's score to this one's, in points that add up."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from components.chart import chart
from components.notices import empty
from components.panel import note
from components.qol_course import QolCourse
from components.qol_words import amount, number
from components.waterfall import Measure, Step, waterfall
from components.wording import date_words, input_words, signed, week_words
from models.qol.forecast.determinants import Determinants, Part
from models.qol.forecast.prediction import FormDeterminants
from models.qol.instrument import Scale
from models.qol.trajectory import Trajectory

UNEXPLAINED = "not explained by these inputs"
_MOST_NAMED = 2
_LEAST_SHARE = 0.02
"""Parts below this share of the scale's range are not named in the sentence."""


def parts_panel(
    course: QolCourse, trajectory: Trajectory, found: FormDeterminants
) -> list[Component]:
    """Waterfall of the latest score by groups of inputs, each opening to its inputs."""
    scale = trajectory.scale
    if found.form is None or found.determinants is None:
        return [
            empty(
                f"No full form of this patient holds a score for {scale.label}.",
                "Choose another scale."
                if course.died
                else "Choose another scale, or give the whole questionnaire at the next visit.",
            )
        ]
    split = found.determinants
    day = (found.form - course.index_date).days
    decimals = max(scale.decimals - 1, 1)
    measure = Measure(scale.unit, decimals, scale.low, scale.high, scale.higher_is_better)
    bars = [_bar(part) for part in split.parts if part.inputs]
    bars.append(Step(UNEXPLAINED, "", split.unexplained))
    drawing = waterfall(
        ("typical patient", split.typical), bars, ("this patient", split.score), measure
    )
    title = f"What goes with {scale.label} ({scale.direction_words})"
    columns = ("group", "input", "value", scale.unit or "index")
    finding = parts_finding(scale, split, day)
    return [
        chart(title, finding, drawing, columns, _rows(split.parts, split, decimals)),
        note(
            f"Score of the latest full form, of {date_words(found.form)}, by what was known on that"
            " day: it describes a score that came and forecasts nothing. Association in the"
            " simulated patients that the models were trained on, not cause: a"
            " steroid is given because of an irAE, and both go with the score. Typical patient:"
            " mean of the training patients at this time on treatment."
            f" Forecasts {found.version}; data to {date_words(course.data_date)}."
        ),
    ]


def parts_finding(scale: Scale, split: Determinants, day: int) -> str:
    """The score beside that of a typical patient, and the groups it goes with most."""
    difference = split.score - split.typical
    where = "as high as a typical patient's"
    if float(number(scale, abs(difference))) != 0:
        better = "better" if scale.is_better(difference) else "worse"
        where = f"{amount(scale, abs(difference))} {better} than a typical patient's"
    told = f"{amount(scale, split.score)} in {week_words(day)} (latest full form), {where}."
    return f"{told} {_split_words(scale, split)}"


def _split_words(scale: Scale, split: Determinants) -> str:
    """What the score goes with, and what is left: the larger of the two first."""
    named = " and ".join(_named(scale, split.parts))
    rest = signed(split.unexplained, scale.decimals)
    if not named:
        return f"Not explained by these inputs: {rest}."
    largest = max((abs(part.points) for part in split.parts), default=0.0)
    if abs(split.unexplained) > largest:
        return f"Mostly not explained by these inputs ({rest}); what is goes most with {named}."
    return f"Goes most with {named}; not explained by these inputs: {rest}."


def _named(scale: Scale, parts: Sequence[Part]) -> list[str]:
    least = _LEAST_SHARE * (scale.high - max(scale.low, 0.0))
    ranked = sorted(parts, key=lambda part: -abs(part.points))
    return [
        f"{part.group} ({signed(part.points, scale.decimals)})"
        for part in ranked[:_MOST_NAMED]
        if abs(part.points) >= least
    ]


def _bar(part: Part) -> Step:
    inner = tuple(Step(*input_words(name, value), points) for name, value, points in part.inputs)
    return Step(part.group, "", part.points, inner=inner)


def _rows(parts: Sequence[Part], split: Determinants, decimals: int) -> list[tuple[str, ...]]:
    rows = [
        (part.group, *input_words(name, value), signed(points, decimals + 1))
        for part in parts
        for name, value, points in part.inputs
    ]
    return [*rows, (UNEXPLAINED, "", "", signed(split.unexplained, decimals + 1))]
