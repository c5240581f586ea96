"""The published benefit score on real patients; where they are absent these tests are skipped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from data_access.artifacts import RiskModels
from data_access.benefit_evaluation import NoResponses, benefit
from data_access.importers.csv_folder import Importer
from data_access.settings import ROOT
from data_access.warehouse.reader import OpenSnapshot, Warehouse
from models.risk.features import FEATURE_TABLES, landmark_features
from models.risk.inputs import FEATURE_NAMES
from models.schema import unbound
from tests.data_access.importers.conftest import NOW, Clinic

DATA = ROOT / ".." / "shared" / "data"

needs_real_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real data are not part of the project and not beside it"
)


def imported(folder: Path, source: str) -> OpenSnapshot:
    clinic = Clinic(folder)
    importer = Importer(clinic.store, clinic.quarantine, NOW, lambda step, share: None)
    importer.run(DATA / source)
    return Warehouse(clinic.store.folder).current()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> OpenSnapshot:
    return imported(tmp_path_factory.mktemp("icb"), "icb_real")


@needs_real_data
def test_the_score_separates_responders_as_published(real):
    """Chang et al. 2024: 0.741 in the training patients, 0.699 in MSK1."""
    found = {row["level"]: row for row in benefit(real, seed=1)["results"]}
    assert found["US/Chowell_train"]["auroc"] == pytest.approx(0.741, abs=0.005)
    assert found["US/MSK1"]["auroc"] == pytest.approx(0.699, abs=0.005)
    assert (found["US/Chowell_train"]["n"], found["US/Chowell_train"]["responders"]) == (964, 282)
    for row in found.values():
        assert row["auroc_lower"] < row["auroc"] < row["auroc_upper"]


@needs_real_data
def test_without_responses_there_is_one_sentence(tmp_path):
    with pytest.raises(NoResponses, match="import patients who have them"):
        benefit(imported(tmp_path, "irae_real"), seed=1)


@needs_real_data
def test_real_patients_are_never_confidently_scored(real):
    tables = {name: unbound(name) for name in FEATURE_TABLES}
    features = landmark_features(tables, (0,))
    country = tables["patient"].select("patient_id", "country")
    rows = real.run(features.join(country, "patient_id").order_by("patient_id"))
    predictor = RiskModels(ROOT / "models" / "artifacts").predictor
    support = Counter()
    for _, row in rows.iloc[::5].iterrows():
        inputs = {name: None if row[name] != row[name] else row[name] for name in FEATURE_NAMES}
        support.update(of.support for of in predictor.explain(inputs, row.country))
    assert support["supported"] == 0
    share = support["with care"] / support.total()
    assert 0.8 < share < 0.9
    assert support["not scored"] == support.total() - support["with care"]
