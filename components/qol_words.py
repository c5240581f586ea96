"""Scores, changes and comparable patients in the words that a clinician reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from components.qol_course import QolCourse
from components.wording import DRUG_CLASS_WORDS, date_words, listed, week_words
from models.cohort.comparable import Band, Group
from models.qol.eq5d5l_value_sets import VALUE_SETS
from models.qol.instrument import Difference, Scale
from models.qol.trajectory import Change, Trajectory

NO_START = "no form at the start to compare with"
_MOST_NAMED = 4
_SEX = {"F": "women", "M": "men"}


def number(scale: Scale, value: float) -> str:
    """A score or a difference with the decimals of its scale."""
    return f"{value:.{scale.decimals}f}".replace("-", "\N{MINUS SIGN}")


def amount(scale: Scale, value: float) -> str:
    """A score or a difference with its unit."""
    words = number(scale, value)
    unit = scale.unit
    if unit == "points" and words == "1":
        unit = "point"
    return f"{words} {unit}".rstrip()


def scale_title(scale: Scale) -> str:
    """Name and direction of a scale."""
    return f"{scale.label[:1].upper()}{scale.label[1:]}: {scale.direction_words}"


def changes_words(changes: Sequence[Change], scale: Scale) -> list[str]:
    """Changes in words; equal ones in one."""
    if len({change.difference for change in changes}) == 1 < len(changes):
        since = " and ".join(change.since for change in changes)
        return [change_words(changes[0], scale, since)]
    return [change_words(change, scale) for change in changes]


def change_words(change: Change, scale: Scale, since: str = "") -> str:
    """A change with its size class and source: "small deterioration, 8 points, Osoba 1998"."""
    since = since or change.since
    size = abs(change.difference)
    if float(f"{size:.{scale.decimals}f}") == 0:
        return f"unchanged since {since}"
    better = scale.is_better(change.difference)
    by = f"{amount(scale, size)} {'better' if better else 'worse'}"
    if not scale.sizes:
        return f"{by} since {since} (no published sizes of change)"
    if change.size is None:
        least = scale.sizes[0]
        under = f"under {least.points:g}, {_source(least.source, least.verified)}"
        return f"hardly changed since {since}, {by} ({under})"
    kind = "improvement" if better else "deterioration"
    source = _source(change.size.source, change.size.verified)
    return f"{change.size.size} {kind} since {since}, {amount(scale, size)}, {source}"


def _source(source: str, verified: bool) -> str:
    return source if verified else f"{source}, unverified"


def latest_words(course: QolCourse, trajectory: Trajectory) -> str:
    """Latest score, changes, confirmation, threshold, comparable patients and gaps, in a sentence.

    A short form counts as any other: its items are those of the full one.
    """
    scale = trajectory.scale
    day, value = trajectory.scores[-1]
    form = trajectory.forms[[one.day for one in trajectory.forms].index(day)]
    short = ", short form" if form.instrument != trajectory.instrument.name else ""
    parts = [
        f"Latest {amount(scale, value)} ({week_words(day)}, {date_words(course.on(day))}{short})"
    ]
    parts += changes_words(trajectory.changes, scale)
    if trajectory.start is None:
        parts.append(NO_START)
    parts += attention_words(trajectory)
    band = course.bands.get(trajectory.key)
    compared = band.at(day) if band is not None else None
    if compared is not None:
        parts.append(f"median of comparable patients {number(scale, compared[1])}")
    return "; ".join([*parts, *gap_words(course, trajectory)]) + "."


def worse_words(shown: Sequence[Trajectory]) -> str:
    """How many scales are worse than at the start, and which."""
    with_start = [one for one in shown if one.start is not None and one.scale.individual]
    if not with_start:
        return NO_START
    worse = [one.scale.label for one in with_start if one.is_worse(one.scores[-1][1])]
    scales = "scale" if len(with_start) == 1 else "scales"
    words = f"{len(worse)} of {len(with_start)} {scales} worse than at the start by the change that"
    words += " flags one person"
    return words + (f" ({listed(worse, _MOST_NAMED)})" if worse else "")


def thresholds_words(shown: Sequence[Trajectory]) -> str:
    """Where the thresholds for clinical importance are from, and which were not verified."""
    found = [one.scale.importance for one in shown if one.scale.importance is not None]
    return ", ".join(dict.fromkeys(_source(one.source, one.verified) for one in found))


def attention_words(trajectory: Trajectory) -> list[str]:
    """Whether a deterioration is confirmed, and whether the score calls for attention."""
    scale, value = trajectory.scale, trajectory.scores[-1][1]
    parts = []
    if trajectory.is_confirmed:
        parts.append("deterioration confirmed by two forms in a row")
    elif trajectory.is_worse(value):
        parts.append("a single form so far: not confirmed")
    if scale.calls_for_attention(value):
        seen = "" if scale.importance is None or scale.importance.verified else " (unverified)"
        parts.append(f"beyond the threshold for clinical importance{seen}")
    return parts


def gap_words(course: QolCourse, trajectory: Trajectory) -> list[str]:
    """Due forms that did not come, and silence up to the last contact or death."""
    parts = []
    missed = len(trajectory.missed)
    if missed:
        parts.append(f"{missed} due form{'s' if missed > 1 else ''} missed")
    silent = course.silent_after(trajectory)
    if silent is not None:
        parts.append(f"no form after {week_words(silent)}")
    if silent is not None or course.died:
        parts.append(end_words(course))
    return parts


def end_words(course: QolCourse) -> str:
    """How observation ended."""
    return f"{'died' if course.died else 'last contact'} {week_words(course.last_day)}"


def group_words(group: Group) -> str:
    """A group of comparable patients: "women of 60 to 69 who began with PD-1"."""
    began = f"who began with {DRUG_CLASS_WORDS.get(group.drug_class, group.drug_class)}"
    if not group.is_narrow:
        return f"all {began}"
    age = group.age_band.replace("-", " to ")
    return f"{_SEX[group.sex]} {age if age.startswith('under') else f'of {age}'} {began}"


def band_words(*bands: Band | None) -> str:
    """Who bands of one group are of, and whether it had to be a wider one than the patient's."""
    sizes = [int(size) for band in bands if band is not None for size in band.rows["n"]]
    first = bands[0] if bands else None
    if first is None or not sizes:
        return "fewer than 20 comparable patients: no band"
    low, high = min(sizes), max(sizes)
    size = f"{low}" if low == high else f"{low} to {high} by month"
    who = f"{group_words(first.group)}, n = {size}"
    return f"too few {group_words(first.wanted)}: {who}" if first.fell_back else who


def source_words(course: QolCourse, shown: Iterable[Trajectory]) -> str:
    """Questionnaires, number of forms, value set and data date of the scales shown."""
    parts = []
    for title, scales in _by_instrument(shown).items():
        forms = {form for one in scales for form in one.forms}
        given = len({(form.day, form.instrument) for form in forms})
        bare = len({(form.day, form.instrument) for form in forms} - set(course.answered))
        words = f"{title}: {given} form{'s' if given != 1 else ''}"
        if bare:
            words += f", {'all' if bare == given else bare} delivered as scores without answers"
        parts.append(words)
        if any(one.scale.rule == "value set" for one in scales):
            parts.append(value_set_words(course.country, delivered=bare == given))
    return "; ".join([*parts, f"data to {date_words(course.data_date)}"]) + "."


def _by_instrument(shown: Iterable[Trajectory]) -> dict[str, list[Trajectory]]:
    found: dict[str, list[Trajectory]] = {}
    for one in shown:
        found.setdefault(one.instrument.title, []).append(one)
    return found


def value_set_words(country: str, *, delivered: bool) -> str:
    """Whose values the index is by; scores delivered without answers do not say."""
    known = VALUE_SETS.get(country)
    if delivered:
        return "index as delivered, the site did not say by which value set"
    if known is None:
        return "no value set of this country"
    return f"index by the value set of {known.name} ({known.source})"


def sizes_words(scale: Scale) -> str:
    """What the sizes of one person's change are, and what holds for groups only."""
    if scale.sizes:
        steps = ", ".join(f"{size.size} from {size.points:g}" for size in scale.sizes)
        source = _source(scale.sizes[0].source, scale.sizes[0].verified)
        words = f"Change of one person: {steps}{_unit(scale)} ({source})."
    else:
        words = "Change of one person: no published sizes."
    if scale.group:
        words += f" For groups only, not for one person: {_group_words(scale.group)}."
    return words


def _group_words(differences: Sequence[Difference]) -> str:
    """Differences of groups by direction, each source once after those it is of."""
    by_source: dict[str, dict[str, list[str]]] = {}
    for one in differences:
        ways = by_source.setdefault(_source(one.source, one.verified), {})
        size = f"{one.size} from {one.points:g}" if one.direction != "either" else f"{one.points:g}"
        ways.setdefault("" if one.direction == "either" else one.direction, []).append(size)
    words = []
    for source, ways in by_source.items():
        each = [f"{way} {', '.join(sizes)}".strip() for way, sizes in ways.items()]
        words.append(f"{'; '.join(each)} ({source})")
    return ", ".join(words)


def _unit(scale: Scale) -> str:
    return f" {scale.unit}" if scale.unit else ""
