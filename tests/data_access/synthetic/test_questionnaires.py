"""Answers and scores: reference means, dips, informative missingness."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from data_access.synthetic.parameters import parameters
from data_access.synthetic.quality import SCALE_CODES, latent_scales
from models.qol.instruments import EQ_5D_5L, QLQ_C30
from models.qol.scoring import score


def _number(warehouse, sql):
    return warehouse.execute(sql).fetchall()[0][0]


def test_baseline_scales_have_the_reference_means(warehouse):
    block = parameters()["quality_of_life"]
    wanted = dict(zip(block.words("scale"), block.numbers("mean"), strict=True))
    found = dict(
        warehouse.execute(
            """SELECT scale, avg(value) FROM score JOIN patient USING (patient_id)
               WHERE instrument = 'qlq-c30' AND date <= index_date GROUP BY scale"""
        ).fetchall()
    )
    for scale, mean in wanted.items():
        assert found[scale] == pytest.approx(mean, abs=3.5), scale


def test_scores_are_those_of_the_answers(warehouse):
    rows = warehouse.execute(
        """SELECT patient_id, date, item, value FROM answer
           WHERE instrument = 'qlq-c30' ORDER BY patient_id, date LIMIT 3000"""
    ).df()
    forms = rows.pivot_table(index=["patient_id", "date"], columns="item", values="value")
    forms = forms.reindex(columns=list(QLQ_C30.item_codes)).iloc[1:-1]
    expected = score(QLQ_C30, forms.to_numpy())
    stored = warehouse.execute(
        "SELECT patient_id, date, value FROM score WHERE instrument = 'qlq-c30' AND scale = 'FA'"
    ).df()
    joined = stored.set_index(["patient_id", "date"]).value.reindex(forms.index)
    np.testing.assert_allclose(joined.to_numpy(), expected["FA"])


def test_the_index_is_that_of_the_country(warehouse):
    rows = warehouse.execute(
        """SELECT country, patient_id, date, item, value FROM answer JOIN patient USING (patient_id)
           WHERE instrument = 'eq-5d-5l' AND date < '2023-06-01'"""
    ).df()
    forms = rows.pivot_table(
        index=["country", "patient_id", "date"], columns="item", values="value"
    )
    forms = forms.reindex(columns=list(EQ_5D_5L.item_codes)).dropna().reset_index()
    expected = score(EQ_5D_5L, forms[list(EQ_5D_5L.item_codes)], forms.country.tolist())
    stored = warehouse.execute(
        "SELECT patient_id, date, value FROM score WHERE scale = 'index'"
    ).df()
    joined = stored.set_index(["patient_id", "date"]).value.reindex(
        pd.MultiIndex.from_frame(forms[["patient_id", "date"]])
    )
    assert len(set(forms.country)) > 1
    np.testing.assert_array_equal(joined, expected["index"])


_CHANGE = """
    WITH base AS (SELECT patient_id, value FROM score JOIN patient USING (patient_id)
                  WHERE scale = 'QL' AND date <= index_date)
    SELECT avg(s.value - base.value) FROM adverse_event e
    JOIN score s USING (patient_id) JOIN base USING (patient_id)
    WHERE immune_related AND grade >= 3 AND s.scale = 'QL'
      AND s.date - onset_date BETWEEN ? AND ?
"""


def test_a_severe_irae_lowers_quality_of_life_for_a_while(warehouse):
    before, during, later = (
        warehouse.execute(_CHANGE, days).fetchall()[0][0]
        for days in ([-90, -10], [0, 25], [100, 300])
    )
    assert during < before - 4
    assert later > during + 3


def test_forms_come_back_less_often_where_quality_of_life_is_low(warehouse):
    shares = warehouse.execute(
        """WITH base AS (SELECT patient_id, ntile(4) OVER (ORDER BY value) AS quarter
                         FROM score JOIN patient USING (patient_id)
                         WHERE instrument = 'qlq-c30' AND scale = 'QL' AND date <= index_date)
           SELECT quarter, avg((patient_id IN (
               SELECT patient_id FROM answer JOIN patient USING (patient_id)
               WHERE instrument = 'qlq-c30' AND date - index_date BETWEEN 80 AND 100))::INT)
           FROM base JOIN patient p USING (patient_id)
           WHERE p.end_date - p.index_date > 100 GROUP BY quarter ORDER BY quarter"""
    ).fetchall()
    assert shares[0][1] < shares[3][1] - 0.04


def test_some_items_are_left_out(warehouse):
    answered = _number(warehouse, "SELECT count(*) FROM answer WHERE instrument = 'qlq-c30'")
    forms = _number(
        warehouse,
        """SELECT count(*) FROM (SELECT DISTINCT patient_id, date FROM answer
           WHERE instrument = 'qlq-c30')""",
    )
    assert 0.975 < answered / (30 * forms) < 0.995


def test_colitis_means_diarrhoea(warehouse):
    means = dict(
        warehouse.execute(
            """SELECT EXISTS (SELECT 1 FROM adverse_event e
                 WHERE e.patient_id = s.patient_id AND organ = 'gastrointestinal' AND grade >= 2
                 AND s.date BETWEEN onset_date AND coalesce(end_date, onset_date + 30)) AS active,
                 avg(value) FROM score s WHERE instrument = 'qlq-c30' AND scale = 'DI' GROUP BY 1"""
        ).fetchall()
    )
    assert means[True] > means[False] + 15


def test_latent_scales_reproduce_floor_effects():
    centre, spread = latent_scales()
    drawn = centre + spread * np.random.default_rng(4).standard_normal((50_000, len(SCALE_CODES)))
    nausea = np.clip(drawn[:, SCALE_CODES.index("NV")], 0, 100)
    assert (nausea == 0).mean() > 0.5
    assert nausea.mean() == pytest.approx(9.1, abs=1.5)
