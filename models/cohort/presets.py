"""Comparisons that begin with a question, each as two definitions."""

from __future__ import annotations

from dataclasses import dataclass

from models.cohort.definition import Cohort, parse_cohort


@dataclass(frozen=True)
class Preset:
    """A question with the two cohorts that answer it; ``view`` is the panel to look at first."""

    key: str
    title: str
    question: str
    a: str
    b: str
    view: str = "irae"

    @property
    def cohorts(self) -> tuple[Cohort, Cohort]:
        """Both definitions, checked."""
        return parse_cohort(self.a), parse_cohort(self.b)


PRESETS: tuple[Preset, ...] = (
    Preset(
        "regimen",
        "Toxicity by regimen",
        "Do irAEs come as often with PD-1 as with PD-L1 inhibitors?",
        "drug_class=PD1",
        "drug_class=PDL1",
    ),
    Preset(
        "combination",
        "Combination against monotherapy",
        "How much more toxicity goes with two checkpoint inhibitors?",
        "drug_class=PD1_CTLA4,PD1_LAG3",
        "drug_class=PD1,PDL1,CTLA4",
    ),
    Preset(
        "ppi",
        "With and without a proton-pump inhibitor",
        "Do patients on a proton-pump inhibitor at the first dose fare otherwise?",
        "ppi=yes",
        "ppi=no",
        "survival",
    ),
    Preset(
        "sex",
        "Women and men",
        "Which irAEs differ between women and men?",
        "sex=F",
        "sex=M",
    ),
    Preset(
        "line",
        "First line against later lines",
        "How long do patients stay on treatment in first and in later lines?",
        "line=1",
        "line=2,3",
        "survival",
    ),
    Preset(
        "chemotherapy",
        "With and without chemotherapy",
        "PD-1 or PD-L1 inhibitor: what goes with chemotherapy beside it?",
        "drug_class=PD1,PDL1;chemotherapy=yes",
        "drug_class=PD1,PDL1;chemotherapy=no",
    ),
    Preset(
        "age",
        "From 70 years and younger",
        "How does quality of life move in older and in younger patients?",
        "age=70-",
        "age=-70",
        "quality",
    ),
    Preset(
        "early_irae",
        "After an early irAE",
        "Alive at day 84: how do those with and without an irAE until then fare?",
        "irae!=none;landmark=84",
        "irae=none;landmark=84",
        "survival",
    ),
)
"""The questions in the order of the cards."""

PRESET_BY_KEY = {one.key: one for one in PRESETS}


def preset_of(a: Cohort, b: Cohort) -> Preset | None:
    """The question that two definitions belong to, None when it is none of these."""
    return next((one for one in PRESETS if one.cohorts == (a, b)), None)
