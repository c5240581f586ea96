import ibis
import numpy as np
import pandas as pd

from models.risk.inputs import FEATURE_NAMES
from models.risk.labels import LandmarkRows, first_onsets, labels
from models.risk.outcomes import HORIZONS, OUTCOMES
from tests.models.risk.clinic import connect, day, features, patient, unbound_tables


def event(onset, organ="skin", grade=2, immune_related=True):
    return {
        "patient_id": "p1",
        "onset_date": day(onset),
        "organ": organ,
        "term": f"{organ} {onset}",
        "grade": grade,
        "immune_related": immune_related,
    }


def onsets(rows):
    sql = ibis.to_sql(first_onsets(unbound_tables()), dialect="duckdb")
    return connect(rows).execute(sql).df()


def at(rows, landmark):
    return onsets(rows).set_index("landmark_day").loc[landmark]


def test_the_first_onset_strictly_after_the_landmark_counts():
    rows = {"patient": [patient()], "adverse_event": [event(21), event(50), event(70)]}
    assert [at(rows, landmark).skin for landmark in (0, 21, 42)] == [21, 29, 8]
    assert np.isnan(at(rows, 84).skin)


def test_grade_organ_and_cause_decide_what_qualifies():
    events = [
        event(10, "skin", 1),
        event(11, "hepatic", 2),
        event(12, "renal", 3),
        event(13, "cardiac", None),
        event(14, "pulmonary", 4, immune_related=False),
        event(15, "other", 3),
    ]
    found = at({"patient": [patient()], "adverse_event": events}, 0)[list(OUTCOMES)].dropna()
    assert found.to_dict() == {"severe": 12, "hepatic": 11, "renal": 12}


def test_follow_up_ends_with_death_or_the_last_contact():
    rows = {
        "patient": [
            patient("a", end_date=day(100)),
            patient("b", end_date=day(100), death_date=day(100)),
            patient("c", end_date=day(60), death_date=day(100)),
        ]
    }
    found = onsets(rows)
    found = found[found.landmark_day == 42].set_index("patient_id")
    assert found.follow_up_days.to_dict() == {"a": 58, "b": 58, "c": 18}
    assert found.died.to_dict() == {"a": False, "b": True, "c": False}


def test_only_research_consent_is_used():
    consents = [patient(consent, consent=consent) for consent in ("care", "research", "withdrawn")]
    assert set(onsets({"patient": consents}).patient_id) == {"research"}


def test_rows_join_features_and_follow_up_in_a_fixed_order():
    rows = {"patient": [patient("b"), patient("a")], "adverse_event": [event(30)]}
    found = LandmarkRows.from_frames(features(rows).reset_index(), onsets(rows))
    assert list(found.patient_id[[0, -1]]) == ["a", "b"]
    assert found.features.shape == (16, len(FEATURE_NAMES))
    halves = found.select(found.patient_id == "a"), found.select(found.patient_id == "b")
    together = LandmarkRows.concatenate(halves)
    pd.testing.assert_frame_equal(pd.DataFrame(together.features), pd.DataFrame(found.features))


def test_labels_have_one_answer_per_outcome_and_horizon():
    rows = {"patient": [patient()], "adverse_event": [event(100), event(200, "renal", 3)]}
    rows["adverse_event"] = [row | {"patient_id": "p1"} for row in rows["adverse_event"]]
    found = labels(LandmarkRows.from_frames(features(rows).reset_index(), onsets(rows)))
    assert found.happened.shape == (8, len(OUTCOMES), len(HORIZONS))
    answers = {name: found.happened[0, OUTCOMES.index(name)].tolist() for name in OUTCOMES}
    assert answers["skin"] == [False, True, True]
    assert answers["severe"] == answers["renal"] == [False, False, True]
    assert not any(answers["hepatic"])
    assert found.weight[0].min() == 1  # followed for 400 days
    assert found.weight[-1, :, 0].max() == 0  # 35 days left after day 365
