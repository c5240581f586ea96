"""Real patients compared through the gate; where they are absent these tests are skipped."""

from __future__ import annotations

import numpy as np
import pytest
from sksurv.nonparametric import cumulative_incidence_competing_risks, kaplan_meier_estimator

from app import create_app
from data_access.cohorts import CohortRecords
from data_access.errors import CohortRefused
from data_access.record.viewer import Agent
from data_access.services import EXTENSION, Services
from data_access.settings import Settings
from models.cohort.definition import Cohort, Unusable, parse_cohort
from models.cohort.people import COHORT
from tests.conftest import SECRET
from tests.data_access.importers.test_real_data import DATA
from tests.data_access.test_benefit_evaluation import needs_real_data

PD1 = parse_cohort("drug_class=PD1")


def imported(folder, source: str) -> Services:
    app = create_app(Settings(var=folder, secret_key=SECRET))
    runner = app.test_cli_runner()
    for command in (["record", "upgrade"], ["warehouse", "import-csv", str(DATA / source)]):
        done = runner.invoke(args=command)
        assert done.exit_code == 0, done.output
    services: Services = app.extensions[EXTENSION]
    return services


def asked(parts: Services) -> CohortRecords:
    return CohortRecords(Agent("reader", "operator"), parts, parts.warehouse.current())


@needs_real_data
def test_survival_by_drug_class_is_that_of_the_published_follow_up(tmp_path):
    """1,672 patients of four published cohorts; months became days of follow-up."""
    parts = imported(tmp_path, "icb_real")
    rows = parts.warehouse.run(COHORT.unbound)
    assert len(rows) == 1672
    records, both = asked(parts), parse_cohort("drug_class=PD1_CTLA4")
    curves = records.survival(PD1, both, "death").curves
    for curve, code in zip(curves, (0, 3), strict=True):
        here = rows[rows.drug_class == code]
        times, values = kaplan_meier_estimator(here.died.astype(bool), here.follow_days)
        for point in curve.points:
            expected = np.append(1.0, values)[np.searchsorted(times, point.time_days, "right")]
            assert point.estimate == pytest.approx(expected, abs=2.6 / len(here))
    # No adverse events were delivered: nothing is said of them, rather than "none".
    incidence = records.incidence(PD1, both, "any", 1)
    assert [curve.points for curve in incidence.curves] == [(), ()]
    assert all(curve.note for curve in incidence.curves)
    parts.record.close()


@needs_real_data
def test_a_first_irae_with_death_competing_is_rarer_than_one_minus_kaplan_meier_says(tmp_path):
    """282 people, 122 with a first irAE (Sayer 2023): 6 to 7 points too many at one year."""
    parts = imported(tmp_path, "irae_real")
    rows = parts.warehouse.run(COHORT.unbound)
    records = asked(parts)
    curve = records.incidence(PD1, parse_cohort("drug_class!=PD1"), "any", 1).curves[0]
    here = rows[rows.drug_class == 0]
    day = here.any_1.astype(float)
    cause = np.where(day.notna(), 1, np.where(here.died.astype(bool), 2, 0))
    time = day.fillna(here.follow_days.astype(float)).to_numpy()
    times, values = cumulative_incidence_competing_risks(cause, time)
    assert curve.at(365) is not None
    year = values[1][np.searchsorted(times, 365, "right") - 1]
    assert curve.at(365).estimate == pytest.approx(year, abs=2.6 / len(here))
    naive_times, free = kaplan_meier_estimator(cause == 1, time)
    naive = 1 - free[np.searchsorted(naive_times, 365, "right") - 1]
    assert 0.05 < naive - year < 0.09
    parts.record.close()


@needs_real_data
def test_the_comparison_that_immortal_time_spoils_is_refused_and_not_from_a_landmark(tmp_path):
    parts = imported(tmp_path, "irae_real")
    with pytest.raises(Unusable, match="immortal time"):
        parse_cohort("irae=skin,pulmonary,endocrine,gastrointestinal,hepatic")
    with_irae = parse_cohort("irae!=none;landmark=84")
    without = parse_cohort("irae=none;landmark=84")
    survival = asked(parts).survival(with_irae, without, "death")
    a, b = (curve.at(180) for curve in survival.curves)
    assert a is not None
    assert b is not None
    # From the landmark there is no halved mortality left to see (published ratio 0.51 naively).
    assert abs(a.estimate - b.estimate) < 0.2
    with pytest.raises(CohortRefused):
        asked(parts).sides(parse_cohort("irae=cardiac;landmark=84"), Cohort((), 84))
    parts.record.close()
