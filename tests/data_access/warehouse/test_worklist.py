from __future__ import annotations

from datetime import date, timedelta

import pytest

from data_access.warehouse.demonstration import build_demonstration
from data_access.warehouse.reader import OpenSnapshot, Warehouse
from data_access.warehouse.worklist import worklist
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import OUTCOMES
from models.risk.prediction import RiskArrays
from tests.data_access.warehouse.conftest import DAY_0, AgeModel, Portion, person, portion, rows


class LiverModel(AgeModel):
    """Everybody's risk is 0.1, a little more at later landmarks; the liver's goes with age."""

    def predict(self, features, countries):
        age = features[:, FEATURE_NAMES.index("age_years")]
        day = features[:, FEATURE_NAMES.index("landmark_time")]
        risk = super().predict(features, countries).risk * 0 + 0.1 + day[:, None, None] / 10_000
        risk[:, OUTCOMES.index("hepatic")] = age[:, None] / 1000
        return RiskArrays(risk, risk * 0.5, risk * 2)


def silent(step: str, share: float) -> None:
    pass


def built(store, *people: dict[str, object], **more: list[dict[str, object]]) -> OpenSnapshot:
    tables = dict(portion(*people).tables)
    tables |= {name: rows(name, *records) for name, records in more.items()}
    build_demonstration(
        store,
        iter([Portion(tables)]),
        patients=len(people),
        seed=1,
        progress=silent,
        predictor=LiverModel(),
    )
    return Warehouse(store.folder).current()


def row(snapshot: OpenSnapshot, patient_id: str = "p1"):
    return worklist(snapshot, ("FR",)).set_index("patient_id").loc[patient_id]


def test_week_age_and_visit_count_to_the_last_contact_not_beyond_the_data_date(store):
    visit = {"patient_id": "p1", "date": date(2024, 2, 20), "kind": "outpatient"}
    snapshot = built(
        store,
        person("p1", end_date=date(2024, 3, 1)),
        person("p2", end_date=None),
        person("p3", end_date=date(2024, 6, 1)),
        encounter=[visit],
    )
    assert row(snapshot).week == 8
    assert row(snapshot).age_years == 64
    assert row(snapshot).last_visit.date() == date(2024, 2, 20)
    assert row(snapshot, "p3").last_visit.date() == date(2024, 6, 1)
    assert row(snapshot, "p2").week == (date(2024, 6, 1) - DAY_0).days // 7


@pytest.mark.parametrize(
    ("change", "end", "state"),
    [
        ({}, None, "on treatment"),
        ({}, date(2024, 5, 1), "stopped"),
        ({"death_date": date(2024, 12, 31)}, None, "died"),
        ({"end_date": date(2024, 3, 1)}, None, "out of contact"),
    ],
)
def test_on_treatment_means_alive_in_contact_and_the_line_not_ended(store, change, end, state):
    line = {
        "line": 1,
        "regimen": "nivolumab",
        "drug_class": "PD1",
        "start_date": DAY_0,
    }
    lines = [line | {"patient_id": "p1", "end_date": end}, line | {"patient_id": "p2"}]
    snapshot = built(store, person("p1", **change), person("p2"), treatment=lines)
    assert row(snapshot).state == state


def test_without_a_line_nothing_is_said_to_have_stopped(store):
    assert row(built(store, person("p1"), treatment=[])).state == "no treatment recorded"


def test_the_latest_line_and_the_latest_primary_tumour_count(store):
    lines = [
        {
            "patient_id": "p1",
            "line": number,
            "regimen": regimen,
            "drug_class": "PD1",
            "start_date": start,
        }
        for number, regimen, start in (
            (3, "third", date(2024, 6, 1)),
            (2, "second", date(2024, 6, 1)),
            (1, "first", DAY_0),
        )
    ]
    tumours = [
        {
            "patient_id": "p1",
            "date": on,
            "icd10": code,
            "kind": kind,
            "stage": stage,
        }
        for on, code, kind, stage in (
            (date(2023, 1, 1), "C34", "primary", "II"),
            (date(2023, 9, 1), "C43.5", "primary", "IV"),
            (date(2024, 1, 1), "C79", "metastasis", None),
        )
    ]
    found = row(built(store, person("p1"), treatment=lines, diagnosis=tumours))
    assert (found.regimen, found.cancer, found.stage) == ("third", "melanoma", "IV")


def test_risks_are_those_of_the_latest_landmark_with_the_change_since_the_one_before(store):
    people = [person(name, end_date=date(2024, 2, 20)) for name in ("p1", "p2")]
    found = row(built(store, *people))
    assert found.severe_risk == pytest.approx(0.1042)
    assert found.severe_lower == pytest.approx(0.0521)
    assert found.severe_upper == pytest.approx(0.2084)
    assert found.change == pytest.approx(0.21)


def test_a_risk_whose_period_ended_before_the_data_date_is_not_shown(store):
    snapshot = built(store, person("p1", end_date=date(2024, 2, 20)), person("p2"))
    assert row(snapshot).support == "period over"
    assert row(snapshot)[["severe_risk", "change"]].isna().all()


def test_a_risk_to_use_with_care_is_marked(store):
    people = [person("p1", birth_year=1940), person("p2", birth_year=1960)]
    snapshot = built(store, *people)
    assert row(snapshot).with_care
    assert not row(snapshot, "p2").with_care


def test_without_a_risk_there_is_no_mark(store):
    snapshot = built(store, person("p1", birth_year=1940, end_date=date(2024, 2, 20)), person("p2"))
    assert row(snapshot).support == "period over"
    assert not row(snapshot).with_care


def test_the_organ_with_the_highest_risk_against_the_released_median_is_named(store):
    cohort = [person(f"r{number:02d}", consent="research") for number in range(25)]
    found = row(built(store, person("p1", birth_year=1942), *cohort))
    assert found.top_organ == "hepatic"
    assert found.top_organ_ratio == pytest.approx(82 / 64)


def test_without_a_released_median_no_organ_is_named(store):
    found = row(built(store, person("p1"), person("p2", consent="research")))
    assert found[["top_organ", "top_organ_ratio"]].isna().all()


def test_a_patient_without_the_needed_inputs_stands_in_the_list_as_not_scored(store):
    snapshot = built(store, person("p1", birth_year=None), person("p2"))
    assert row(snapshot).support == "not scored"
    assert row(snapshot)[["severe_risk", "change", "age_years"]].isna().all()
    assert row(snapshot, "p2").support == ""


def short(*values: tuple[int, float]) -> list[dict[str, object]]:
    return ql(*values, instrument="qlq-short")


def ql(*values: tuple[int, float], instrument: str = "qlq-c30") -> list[dict[str, object]]:
    return [
        {
            "patient_id": "p1",
            "date": DAY_0 + timedelta(days=day),
            "instrument": instrument,
            "scale": "QL",
            "value": value,
        }
        for day, value in values
    ]


@pytest.mark.parametrize(
    ("scores", "flag"),
    [
        (ql((200, 80), (300, 65)), "dip of 15 points"),
        (ql((200, 80), (300, 70)), "dip of 10 points"),
        (ql((200, 80), (300, 71)), ""),
        (ql((0, 20), (200, 80), (300, 75)), ""),
        (ql((0, 80), (200, 66), (300, 60)), "worse by 14 points, confirmed"),
        (ql((0, 80), (200, 60), (300, 66)), "worse by 14 points, confirmed"),
        (ql((0, 80), (200, 75), (300, 60)), "dip of 20 points"),
        (ql((0, 80), (200, 60), (300, 75)), ""),
        # Neither of two falls of six points is flagged, what they add up to is.
        (ql((0, 80), (200, 74), (300, 68)), "dip of 12 points"),
        (ql((0, 80), (200, 70), (300, 70)), "worse by 10 points, confirmed"),
        (ql((0, 80), (200, 70.1), (300, 70)), "dip of 10 points"),
        (ql((0, 80), (200, 70), (300, 70.1)), ""),
        # 32.3 - 22.3 is less than 10 in binary fractions.
        (ql((0, 32.3), (200, 22.3), (300, 22.3)), "worse by 10 points, confirmed"),
        (ql((0, 80), (300, 60)) + short((300, 60)), "dip of 20 points"),
        (ql((0, 80), (300, 75)) + short((300, 60)), ""),
        (ql((0, 80), (200, 65)) + short((300, 65)), "worse by 15 points, confirmed"),
        (ql((300, 60)), ""),
        (ql((200, 50), (300, 90)), ""),
        (ql((100, 80), (200, 50)), "no form for 5 months"),
        ([], ""),
    ],
)
def test_a_fall_of_ten_points_or_a_long_silence_is_flagged(store, scores, flag):
    assert row(built(store, person("p1"), score=scores)).qol_flag == flag


def test_the_dead_have_no_flag(store):
    dead = person("p1", death_date=DAY_0 + timedelta(days=310))
    assert row(built(store, dead, score=ql((200, 80), (300, 50)))).qol_flag == ""


def test_nobody_who_withdrew_stands_in_the_list(store):
    snapshot = built(store, person("p1"), person("p2", consent="withdrawn"))
    assert worklist(snapshot, ("FR",)).patient_id.tolist() == ["p1"]


@pytest.mark.parametrize(
    ("scopes", "seen"),
    [
        ((), []),
        (("FR",), ["p1", "p2"]),
        (("FR/Lyon",), ["p1"]),
        (("ES/Lyon",), ["p3"]),
        (("patient:p3",), ["p3"]),
        (("patient:p3", "FR/Paris"), ["p2", "p3"]),
        (("patient:nobody", "IT", "FR/"), []),
    ],
)
def test_scopes_are_countries_sites_and_single_patients(store, scopes, seen):
    snapshot = built(
        store, person("p1"), person("p2", site="Paris"), person("p3", country="ES", site="Lyon")
    )
    assert worklist(snapshot, scopes).patient_id.tolist() == seen
