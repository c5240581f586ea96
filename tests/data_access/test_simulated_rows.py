import numpy as np

from data_access.simulated_rows import landmark_rows
from data_access.synthetic import chunks, generate
from models.risk.inputs import FEATURE_NAMES


def test_simulated_patients_become_rows_at_their_landmarks():
    told = []
    rows = landmark_rows(chunks(80, 3), 80, lambda step, share: told.append((step, share)))
    assert told == [("simulated patients", 0), ("simulated patients", 1)]
    at_start = rows.select(rows.landmark_day == 0)
    assert len(set(at_start.patient_id)) == len(at_start)
    assert rows.features.shape == (len(rows), len(FEATURE_NAMES))
    assert (rows.follow_up_days >= 0).all()
    assert np.nanmin(rows.onset_days) >= 1
    assert (rows.features[:, FEATURE_NAMES.index("landmark_time")] == rows.landmark_day).all()


def test_only_patients_with_research_consent_are_taken():
    cohort = generate(80, 3)
    consent = cohort.tables["patient"].select(["patient_id", "consent"]).to_pandas()
    research = set(consent.patient_id[consent.consent == "research"])
    assert len(research) < 80
    rows = landmark_rows([cohort], 80, lambda step, share: None)
    assert set(rows.patient_id) == research
