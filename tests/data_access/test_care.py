from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from flask import Flask

from data_access.care import CareRecords, records
from data_access.errors import (
    ModelsUnavailable,
    NotAllowed,
    NotFound,
    RecordUnavailable,
    WarehouseUnavailable,
)
from data_access.record import PredictionShown, Role, host_operator
from data_access.services import Services
from data_access.settings import Settings
from data_access.warehouse.demonstration import build_demonstration
from models.cohort.comparable import Group
from models.risk.inputs import FEATURE_NAMES
from models.risk.outcomes import HORIZONS, OUTCOMES
from models.risk.prediction import OutcomeRisk
from tests.data_access.warehouse.conftest import DAY_0, AgeModel, Portion, person, portion, rows
from tests.models.risk.made_up import predictor

OPERATOR = host_operator()


class Explainer:
    """Explains any patient with a flat risk."""

    version = "test/1"

    def explain(self, features, country):
        assert country == "FR"
        return [
            OutcomeRisk(
                outcome, horizon, 0.2, 0.1, 0.3, 0.15, "supported", "", (), ("tsh",), (), None
            )
            for outcome in OUTCOMES
            for horizon in HORIZONS
        ]


def dated(day: int, **values: object) -> dict[str, object]:
    return {"patient_id": "fr1", "date": DAY_0 + timedelta(days=day)} | values


def cohort() -> Portion:
    people = [
        person("fr1"),
        person("fr2", site="Paris"),
        person("es1", country="ES", site="Madrid"),
        person("gone", consent="withdrawn"),
        *(person(f"r{number:02d}", country="IT", consent="research") for number in range(23)),
    ]
    tables = portion(*people).tables
    lab = {"loinc": "1742-6", "value": 30.0, "unit": "U/L"}
    steroid = {"patient_id": "fr1", "start_date": date(2024, 3, 1), "daily_dose": 40.0}
    event = {"patient_id": "fr1", "onset_date": date(2024, 2, 20), "organ": "skin"}
    late = {"instrument": "qlq-short", "scale": "QL", "value": 40.0}
    tables["lab"] = rows("lab", dated(14, **lab), dated(-7, **lab))
    tables["medication"] = rows(
        "medication",
        steroid | {"atc": "H02AB07", "end_date": date(2024, 3, 31), "unit": "mg"},
        steroid | {"atc": "A02BC01", "daily_dose": 20.0},
    )
    tables["adverse_event"] = rows(
        "adverse_event",
        event | {"grade": 2, "immune_related": True},
        event | {"onset_date": date(2024, 4, 1), "immune_related": False},
    )
    tables["score"] = rows("score", *tables["score"].to_pylist(), dated(180, **late))
    return Portion(dict(tables))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    parts = Services(
        Settings(
            var=tmp_path_factory.mktemp("clinic"),
            secret_key="0123456789abcdef" * 2,
            snapshot_poll_seconds=0,
        )
    )
    parts.record.upgrade()
    for name, scopes in {"dr-a": ["FR"], "dr-b": ["ES"], "dr-c": ["FR/Paris"]}.items():
        parts.record.accounts.add(OPERATOR, name, Role.ONCOLOGIST, "a long password 1", scopes)
    build_demonstration(
        parts.warehouse.store,
        iter([cohort()]),
        patients=27,
        seed=1,
        progress=lambda step, share: None,
        predictor=AgeModel(),
    )
    parts.models = SimpleNamespace(predictor=Explainer())
    yield parts
    parts.record.close()


@pytest.fixture
def as_user(parts):
    """Whatever one user may ask."""

    def bound(user_id: int) -> CareRecords:
        return CareRecords(parts.record.viewer(user_id), parts)

    return bound


@pytest.fixture
def care(as_user) -> CareRecords:
    return as_user(1)


def link(care: CareRecords, patient_id: str) -> str:
    return care._parts.tokens.token(care._viewer, patient_id)


def test_the_worklist_holds_the_viewers_patients_only(as_user):
    seen = {user: set(as_user(user).worklist().patient_id) for user in (1, 2, 3)}
    assert seen == {1: {"fr1", "fr2"}, 2: {"es1"}, 3: {"fr2"}}


def test_the_worklist_has_the_promised_columns(care):
    assert care.worklist().columns.tolist() == [
        "token",
        "patient_id",
        "country",
        "site",
        "age_years",
        "sex",
        "cancer",
        "stage",
        "regimen",
        "drug_class",
        "week",
        "state",
        "severe_risk",
        "severe_lower",
        "severe_upper",
        "support",
        "with_care",
        "top_organ",
        "top_organ_ratio",
        "change",
        "qol_flag",
        "last_visit",
        "died",
    ]


def test_a_worklist_token_opens_the_patient(care):
    for row in care.worklist().itertuples():
        assert care.open(row.token, "patient").who.patient_id == row.patient_id


def test_looking_at_the_worklist_is_one_entry_in_the_log(care, parts):
    before = len(parts.record.entries())
    care.worklist()
    after = parts.record.entries()
    assert len(after) == before + 1
    assert (after[0].actor, after[0].action, after[0].outcome) == ("dr-a", "worklist", "granted")
    assert after[0].snapshot == care.snapshot.id


@pytest.mark.parametrize("patient_id", ["es1", "gone", "nobody"])
def test_another_team_withdrawn_and_not_existing_give_the_same_answer(care, patient_id):
    with pytest.raises(NotFound) as refusal:
        care.open(link(care, patient_id), "patient")
    assert str(refusal.value) == "No record of that patient in your care."


@pytest.mark.parametrize("token", ["", "x", "fr1", "A" * 40, "é" * 30, "=" * 10])
def test_a_wrong_link_gives_the_same_answer_and_is_logged(care, parts, token):
    with pytest.raises(NotFound) as refusal:
        care.open(token, "patient")
    assert str(refusal.value) == "No record of that patient in your care."
    entry = parts.record.entries(limit=1)[0]
    assert (entry.action, entry.outcome, entry.patient_id) == ("patient", "refused", None)


def test_a_link_made_for_somebody_else_gives_the_same_answer(as_user):
    token = as_user(1).worklist().set_index("patient_id").token["fr2"]
    with pytest.raises(NotFound):
        as_user(3).open(token, "patient")


def test_nobody_who_withdrew_is_opened_even_by_a_scope_on_the_patient(parts):
    accounts = parts.record.accounts
    accounts.add(OPERATOR, "dr-x", Role.ONCOLOGIST, "a long password 1", ["patient:gone"])
    user_id = len(accounts.all())
    care = CareRecords(parts.record.viewer(user_id), parts)
    assert care.worklist().empty
    with pytest.raises(NotFound):
        care.open(link(care, "gone"), "patient")


def test_a_refused_patient_is_in_the_log(care, parts):
    with pytest.raises(NotFound):
        care.open(link(care, "es1"), "patient")
    assert parts.record.entries(patient_id="es1")[0].outcome == "refused"


def test_an_opened_patient_is_in_the_log_with_the_predictions_shown(care, parts):
    shown = [PredictionShown(0, "severe", 180, 0.2, 0.1, 0.3, "test/1")]
    care.open(link(care, "fr1"), "what if", shown)
    entry = parts.record.entries(patient_id="fr1")[0]
    assert (entry.action, entry.outcome) == ("what if", "granted")
    assert entry.shown_digest is not None


def test_a_scope_taken_back_counts_at_once(parts):
    accounts = parts.record.accounts
    accounts.add(OPERATOR, "dr-y", Role.ONCOLOGIST, "a long password 1", ["FR"])
    held = CareRecords(parts.record.viewer(len(accounts.all())), parts)
    token = held.worklist().token[0]
    accounts.revoke(OPERATOR, "dr-y", ["FR"])
    with pytest.raises(NotAllowed):
        held.open(token, "patient")
    with pytest.raises(NotAllowed):
        held.worklist()


def test_what_cannot_be_logged_is_not_shown(care, parts, monkeypatch):
    def full_disk(*_args: object, **_named: object) -> None:
        raise RecordUnavailable("The access log cannot be written.")

    monkeypatch.setattr(parts.record, "_chain", SimpleNamespace(append=full_disk))
    with pytest.raises(RecordUnavailable):
        care.worklist()
    with pytest.raises(RecordUnavailable):
        care.open(link(care, "fr1"), "patient")


def test_who_the_patient_is(care):
    who = care.open(link(care, "fr1"), "patient").who
    assert (who.patient_id, who.age_years, who.sex, who.country) == ("fr1", 64, "F", "FR")
    assert (who.regimen, who.drug_class, who.stage) == ("pembrolizumab", "PD1", None)
    assert who.cancer == "cancer not recorded"
    assert (who.index_date, who.week) == (DAY_0, 52)
    assert who.data_date == date(2024, 12, 31)


def test_everything_dated_counts_from_the_first_dose(care):
    patient = care.open(link(care, "fr1"), "course")
    assert patient.labs().day.tolist() == [-7, 14]
    events = patient.adverse_events()
    assert events.day.tolist() == [50, 91]
    assert events.grade.isna().tolist() == [False, True]
    assert events.immune_related.tolist() == [True, False]
    assert events.end_day.isna().all()
    assert patient.treatments().columns.tolist() == [
        "day",
        "end_day",
        "line",
        "regimen",
        "drug_class",
        "stop_reason",
    ]
    assert patient.medications().atc.tolist() == ["A02BC01", "H02AB07"]
    steroids = patient.steroids()
    assert steroids[["day", "end_day", "daily_dose"]].values.tolist() == [[60, 90, 40]]


def test_a_patient_without_rows_gives_empty_frames(care):
    patient = care.open(link(care, "fr2"), "course")
    assert patient.labs().empty
    assert patient.adverse_events().empty
    assert patient.steroids().empty
    assert not [row for row in patient.scores if row[1] == "eq-5d-5l"]


def test_scores_are_of_every_instrument_and_scale_by_day(care):
    scores = care.open(link(care, "fr1"), "quality of life").scores
    assert [(day, instrument) for day, instrument, _scale, _value in scores] == [
        (0, "qlq-c30"),
        (30, "qlq-c30"),
        (180, "qlq-short"),
    ]
    assert scores[2] == (180, "qlq-short", "QL", 40.0)


def test_forms_that_were_due_and_did_not_come_are_told(care):
    missed = care.open(link(care, "fr1"), "quality of life").forms_missed()
    assert [day for day, name in missed if name == "qlq-c30"] == [91, 183]
    short = [day for day, name in missed if name == "qlq-short"]
    assert short == [61, 122, 152, 213, 244, 274, 304, 335]


def test_forms_delivered_as_scores_have_no_answers(care):
    answered = care.open(link(care, "fr1"), "quality of life").answered_forms()
    assert answered == set()


def test_a_patient_is_compared_by_class_age_at_the_first_dose_and_sex(care):
    patient = care.open(link(care, "fr1"), "quality of life")
    assert patient.who.age_years == 64
    assert patient.comparable == Group("PD1", "60-69", "F")


def test_each_landmark_reached_has_its_features(care):
    patient = care.open(link(care, "fr1"), "risk")
    assert list(patient.features()) == [0, 21, 42, 84, 126, 182, 273, 365]
    features = patient.features()[84]
    assert tuple(features) == FEATURE_NAMES
    assert features["age_years"] == 64
    assert features["alt"] == 30
    assert features["tmb"] is None


def test_risks_come_with_reference_and_are_logged_as_shown(care, parts):
    view = care.open_risk(link(care, "fr1"), 180)
    assert (view.landmark_day, view.drug_class) == (365, "PD1")
    assert len(view.risks) == len(OUTCOMES) * len(HORIZONS)
    assert set(view.reference.n) == {25}
    assert set(view.reference.horizon_days) == set(HORIZONS)
    entry = parts.record.entries(patient_id="fr1")[0]
    assert (entry.action, entry.outcome) == ("risk", "granted")
    assert entry.shown_digest is not None


def test_risks_of_somebody_elses_patient_are_not_found(care):
    with pytest.raises(NotFound):
        care.open_risk(link(care, "es1"), 180)


def test_without_models_the_risk_is_refused_and_the_patient_still_opens(care, parts, monkeypatch):
    class Missing:
        @property
        def predictor(self) -> None:
            raise ModelsUnavailable("The risk models are missing.")

    monkeypatch.setattr(parts, "models", Missing())
    with pytest.raises(ModelsUnavailable):
        care.open_risk(link(care, "fr1"), 180)
    assert care.open(link(care, "fr1"), "patient").who.week == 52


def test_a_risk_reference_is_of_research_patients_of_one_class(care):
    reference = care.risk_reference("PD1", 21)
    assert set(reference.outcome) == set(OUTCOMES)
    assert set(reference.n) == {25}
    halfway = reference[reference.horizon_days == 180]
    assert halfway["median"].tolist() == pytest.approx([0.064 * 180 / 365] * len(OUTCOMES))
    assert care.risk_reference("CTLA4", 21).empty


def test_score_bands_are_of_the_narrowest_group_and_ordered_by_day(care):
    women, men = Group("PD1", "60-69", "F"), Group("PD1", "60-69", "M")
    band = care.score_bands(women, ["qlq-c30:QL"])["qlq-c30:QL"]
    assert band.rows.columns.tolist() == ["day", "n", "p10", "median", "p90"]
    assert band.rows.day.tolist() == [0, 30]
    assert band.group == women
    fallen = care.score_bands(men, ["qlq-c30:QL"])["qlq-c30:QL"]
    assert fallen.group == Group("PD1")
    assert fallen.rows.day.tolist() == [0, 30]


def test_a_scale_that_nothing_was_released_of_has_an_empty_band(care):
    bands = care.score_bands(Group("PD1", "60-69", "F"), ["qlq-c30:QL", "qlq-c30:FA"])
    assert list(bands) == ["qlq-c30:QL", "qlq-c30:FA"]
    assert bands["qlq-c30:FA"].rows.empty
    assert care.score_bands(Group("CTLA4"), ["qlq-c30:QL"])["qlq-c30:QL"].rows.empty
    assert care.score_bands(Group("PD1"), []) == {}


def test_without_a_warehouse_there_is_one_sentence(parts, tmp_path):
    empty = Services(Settings(var=tmp_path, secret_key="0123456789abcdef" * 2))
    with pytest.raises(WarehouseUnavailable, match="There are no patient data yet"):
        CareRecords(parts.record.viewer(1), empty)


def test_nobody_signed_in_sees_nothing(parts):
    app = Flask("test")
    app.extensions["immunoboard"] = parts
    app.login_manager = SimpleNamespace(_load_user=lambda: None)
    with app.test_request_context(), pytest.raises(NotAllowed):
        records()


def test_the_landmark_before_comes_only_when_it_is_asked_for(care, parts):
    token = link(care, "fr1")
    assert care.open_risk(token, 180).previous is None
    view = care.open_risk(token, 180, compare=True)
    day, risks = view.previous
    assert day < view.landmark_day
    assert len(risks) == len(view.risks)
    entry = parts.record.entries(patient_id="fr1", limit=1)[0]
    assert entry.action == "risk"
    assert entry.shown_digest is not None


def test_a_benefit_score_says_which_inputs_it_lacks(care):
    assert "tmb" in care.open_risk(link(care, "fr1"), 90).benefit.missing


def test_what_if_is_logged_and_refuses_a_patient_who_cannot_be_scored(care, parts, monkeypatch):
    monkeypatch.setattr(parts, "models", SimpleNamespace(predictor=predictor()))
    found = care.what_if(link(care, "fr1"), 180, [{}, {"ppi": "1"}])
    assert found.scenarios[0] is None
    assert "laboratory inputs are recent enough" in found.scenarios[1] or (
        "Not recorded" in found.scenarios[1]
    )
    entry = parts.record.entries(patient_id="fr1", limit=1)[0]
    assert (entry.action, entry.outcome) == ("what if", "granted")


def test_what_if_of_somebody_elses_patient_is_not_found(as_user):
    with pytest.raises(NotFound):
        as_user(2).what_if(link(as_user(1), "fr1"), 180, [{}])


def test_looking_for_similar_patients_is_in_the_log_even_where_there_are_none(care, parts):
    patient, day, found = care.open_similar(link(care, "fr1"))
    assert (patient.who.patient_id, found) == ("fr1", None)
    assert day in (0, 21, 42, 84, 126, 182, 273, 365)
    entry = parts.record.entries(patient_id="fr1")[0]
    assert (entry.action, entry.outcome) == ("patients like this one", "granted")


@pytest.mark.parametrize("patient_id", ["es1", "gone", "nobody"])
def test_similar_patients_of_somebody_elses_patient_are_refused(care, parts, patient_id):
    with pytest.raises(NotFound):
        care.open_similar(link(care, patient_id))
    assert parts.record.entries(patient_id=patient_id)[0].outcome == "refused"
