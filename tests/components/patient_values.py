"""An invented patient for the tests of the consultation page's builders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pandas as pd
from dash.development.base_component import Component

from components.course_panel import Course
from components.qol_course import QolCourse
from models.cohort.comparable import Band, Group
from models.cohort.similar_tables import DEATH
from models.cohort.similar_view import (
    Fared,
    QualityChange,
    Shared,
    SimilarPatients,
    Spread,
)
from models.qol.forecast.determinants import Determinants, Part
from models.qol.forecast.prediction import Forecast, FormDeterminants, FormForecast
from models.qol.instrument import Instrument
from models.qol.instruments import QLQ_C30, QLQ_SHORT
from models.qol.trajectory import Due, Form, Trajectory
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.prediction import Contribution, OutcomeRisk

DATA_DATE = date(2026, 9, 30)


def contributions(*points: float) -> tuple[Contribution, ...]:
    """One contribution per number, over the inputs of a fixed list."""
    names = (
        ("drug_class", 4.0),
        ("albumin", 3.1),
        ("autoimmune", 1.0),
        ("age_years", 63.0),
        ("tsh", None),
        ("nlr", 6.2),
        ("ppi", 1.0),
        ("crp", 38.0),
        ("ldh", 410.0),
        ("sex", 1.0),
        ("stage", 3.0),
        ("bmi", 22.4),
    )
    return tuple(
        Contribution(name, value, "", part / 10, part)
        for (name, value), part in zip(names, points, strict=False)
    )


def outcome_risk(
    outcome: str = "gastrointestinal",
    horizon_days: int = 180,
    risk: float | None = 0.14,
    baseline: float | None = 0.06,
    parts: tuple[Contribution, ...] | None = None,
    **changes: object,
) -> OutcomeRisk:
    """A scored outcome; without ``parts`` one input explains all of the difference."""
    if parts is None and risk is not None and baseline is not None:
        parts = contributions(100 * (risk - baseline))
    fields: dict[str, object] = {
        "lower": None if risk is None else 0.7 * risk,
        "upper": None if risk is None else min(1.4 * risk, 1.0),
        "support": "not scored" if risk is None else "supported",
        "support_reason": "",
        "missing": ("tsh", "ck"),
        "out_of_range": (),
        "similar": 240,
    }
    return OutcomeRisk(
        outcome=outcome,
        horizon_days=horizon_days,
        risk=risk,
        baseline_risk=baseline,
        contributions=parts or (),
        **(fields | changes),
    )


def all_risks(**changes: object) -> list[OutcomeRisk]:
    """Every outcome over every horizon, rising with the horizon."""
    return [
        outcome_risk(outcome, horizon, **({"risk": 0.02 + horizon / 5000} | changes))
        for outcome in OUTCOMES
        for horizon in HORIZONS
    ]


def frame(**columns: list[object]) -> pd.DataFrame:
    """Columns as a frame; all of them empty make an empty frame."""
    return pd.DataFrame(columns)


def treatments() -> pd.DataFrame:
    return frame(day=[0], end_day=[62.0], regimen=["ipilimumab + nivolumab"])


def adverse_events() -> pd.DataFrame:
    return frame(
        day=[24, 61],
        end_day=[40.0, None],
        organ=["skin", "gastrointestinal"],
        term=["Rash maculo-papular", "Colitis"],
        grade=[2, 3],
        immune_related=[True, True],
        hospitalised=[False, True],
    )


def no_adverse_events() -> pd.DataFrame:
    return adverse_events().iloc[:0]


def steroids() -> pd.DataFrame:
    return frame(
        day=[62, 69],
        end_day=[69.0, 83.0],
        atc=["H02AB07", "H02AB07"],
        name=["prednisone", "prednisone"],
        daily_dose=[70.0, 20.0],
        unit=["mg", "mg"],
    )


def labs() -> pd.DataFrame:
    return frame(
        day=[-3, 21, 63, -3],
        loinc=["1742-6", "1742-6", "1742-6", "1751-7"],
        value=[30.0, 35.0, 180.0, 4.1],
    )


def course(**changes: object) -> Course:
    values = {
        "treatments": treatments(),
        "events": adverse_events(),
        "steroids": steroids(),
        "labs": labs(),
        "until_day": 98.0,
        "data_date": DATA_DATE,
    }
    return Course(**(values | changes))


def band_rows() -> pd.DataFrame:
    return frame(
        day=[0, 90, 180],
        n=[355, 210, 40],
        p10=[33.0, 33.0, 25.0],
        median=[67.0, 62.0, 60.0],
        p90=[92.0, 90.0, 88.0],
    )


WOMEN = Group("PD1_CTLA4", "60-69", "F")


def band(rows: pd.DataFrame | None = None, group: Group = WOMEN, wanted: Group = WOMEN) -> Band:
    return Band(band_rows() if rows is None else rows, group, wanted)


def trajectory(
    *scores: tuple[float, float | None],
    scale: str = "QL",
    instrument: Instrument = QLQ_C30,
    short: tuple[tuple[float, float | None], ...] = (),
    missed: tuple[tuple[float, str], ...] = (),
) -> Trajectory:
    """One scale from days and values; those of ``short`` are of the short form."""
    forms = [Form(day, instrument.name, value) for day, value in scores]
    forms += [Form(day, QLQ_SHORT.name, value) for day, value in short]
    return Trajectory(
        instrument,
        instrument.scale(scale),
        tuple(sorted(forms)),
        tuple(Due(*one) for one in missed),
    )


SHORT_FORM = ((30, 66.7),)
MISSED = ((60, "qlq-short"), (91, "qlq-c30"))


def qol_trajectory(scale: str = "QL") -> Trajectory:
    return trajectory((0, 75.0), (88, 50.0), scale=scale, short=SHORT_FORM, missed=MISSED)


def quartiles(*outcomes: str, horizon_days: int = 180) -> pd.DataFrame:
    count = len(outcomes)
    return frame(
        outcome=list(outcomes),
        horizon_days=[horizon_days] * count,
        n=[355] * count,
        q25=[0.05] * count,
        median=[0.07] * count,
        q75=[0.09] * count,
    )


def qol_course(*given: Trajectory, **changes: object) -> QolCourse:
    """The course of a patient with these scales, and a band for each."""
    found = {one.key: one for one in given or (qol_trajectory(),)}
    values = {
        "trajectories": found,
        "bands": dict.fromkeys(found, band()),
        "treatments": treatments(),
        "events": adverse_events(),
        "steroids": steroids(),
        "answered": {(form.day, form.instrument) for one in found.values() for form in one.forms},
        "country": "FR",
        "index_date": date(2026, 6, 20),
        "last_day": 98.0,
        "died": False,
        "data_date": DATA_DATE,
    }
    return QolCourse(**(values | changes))


def parts_of(tree: object) -> Iterator[object]:
    """Every component and every text of a tree, from the top down."""
    if isinstance(tree, list | tuple):
        for child in tree:
            yield from parts_of(child)
        return
    if tree is not None:
        yield tree
    if isinstance(tree, Component):
        yield from parts_of(getattr(tree, "children", None))
        for option in getattr(tree, "options", None) or []:
            yield from parts_of(option["label"])


def text_of(tree: object) -> str:
    """All words of a tree, in reading order."""
    return " ".join(str(part) for part in parts_of(tree) if isinstance(part, str | int | float))


def of_class(tree: object, name: str) -> list[Component]:
    """Components that carry a class."""
    return [
        part
        for part in parts_of(tree)
        if isinstance(part, Component) and name in (getattr(part, "className", "") or "").split()
    ]


def form_forecast(key: str = "qlq-c30:QL", **changes: object) -> FormForecast:
    """Two forecasts from the form of 16 September 2026, day 88."""
    forecasts = tuple(
        Forecast(
            horizon_days=days,
            current=50.0,
            middle=55.0,
            lower=40.0 - days / 91,
            upper=72.0,
            answering=0.82,
            worse=10.0,
            deterioration=0.22,
            typical=0.15,
            contributions=(
                Contribution("last_global_qol", 50.0, "points", 0.4, 5.0),
                Contribution("steroid_mg", 20.0, "mg/d", 0.2, 2.5),
                Contribution("support", None, "", -0.05, -0.5),
            ),
        )
        for days in (91, 183)
    )
    given = {
        "key": key,
        "form": date(2026, 9, 16),
        "reason": "",
        "forecasts": forecasts,
        "unusual": (),
        "version": "2026-11-25/1",
    }
    return FormForecast(**(given | changes))


def form_determinants(key: str = "qlq-c30:QL", **changes: object) -> FormDeterminants:
    """A score of 50 taken apart: 62 of a typical patient, less 9 and 4, and 1 not told."""
    irae = Part("irAE", -9.0, (("irae_count", 1.0, -6.0), ("irae_active", 1.0, -3.0)))
    steroids_part = Part("steroids", -4.0, (("steroid_mg", 20.0, -4.0),))
    split = Determinants(50.0, 62.0, (irae, steroids_part), 1.0)
    given = {
        "key": key,
        "form": date(2026, 9, 16),
        "determinants": split,
        "version": "2026-11-25/1",
    }
    return FormDeterminants(**(given | changes))


def similar_patients(**changes: object) -> SimilarPatients:
    """A group of 200: severe irAE in 30, death in 25, everything else in under ten."""
    cases = {"severe": 30, DEATH: 25}
    fields: dict[str, object] = {
        "landmark_day": 84,
        "n": 200,
        "closer_than": 85,
        "compared": 90,
        "shared": (
            Shared("drug_class", 1.0, 200),
            Shared("sex", 1.0, 70),
            Shared("cancer", 0.0, None),
        ),
        "spreads": (
            Spread("age_years", 63.0, 58.0, 64.0, 70.0),
            Spread("albumin", 3.1, 3.6, 4.0, 4.2),
            Spread("tsh", None, 1.0, 2.0, 3.0),
        ),
        "fared": tuple(
            Fared(outcome, horizon, cases.get(outcome), 120)
            for outcome in (*OUTCOMES, DEATH)
            for horizon in HORIZONS
        ),
        "quality": (QualityChange(180, 110, -3.0),),
    }
    return SimilarPatients(**(fields | changes))
