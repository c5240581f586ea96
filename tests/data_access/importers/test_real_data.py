"""Real patients import completely; where the folder is absent these tests are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_access.importers.csv_folder import Importer
from data_access.warehouse.reader import Warehouse
from data_access.warehouse.status import read_status
from data_access.warehouse.worklist import worklist
from models.schema import unbound
from tests.data_access.importers.conftest import NOW, Clinic

DATA = Path(__file__).parents[3] / ".." / "shared" / "data"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real data are not part of the project and not beside it"
)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    clinic = Clinic(tmp_path_factory.mktemp("real"))
    importer = Importer(clinic.store, clinic.quarantine, NOW, lambda step, share: None)
    importer.run(DATA / "icb_real")
    importer.run(DATA / "irae_real")
    return clinic


def test_both_sources_are_in_one_cohort(clinic):
    status = read_status(Warehouse(clinic.store.folder).current())
    # 283 rows of the second source are 282 people: one pseudonym stands there twice.
    assert status.tables["patient"] == 1672 + 282
    assert status.countries == {"FR": 57, "KR": 198, "US": 1699}
    assert status.tables["adverse_event"] == 122
    assert status.tables["lab"] == 4045


def test_only_impossible_rows_are_set_aside(clinic):
    reasons = {
        line.rsplit(",", 1)[-1] if '"' not in line else line.split('"')[-2]
        for path in clinic.quarantine.glob("*/*.csv")
        for line in path.read_text().splitlines()[1:]
    }
    assert reasons == {"date: more than 30 days after death"}


def test_every_marker_is_plausible(clinic):
    delivered = (DATA / "icb_real" / "biomarker.csv").read_text().splitlines()
    assert len(clinic.table("biomarker")) == len(delivered) - 1


def test_an_unrecorded_grade_is_missing_and_not_zero(clinic):
    grades = clinic.table("adverse_event").grade
    assert 0 < grades.isna().sum() < len(grades)
    assert grades.min() >= 1


def test_the_patients_stand_in_the_worklist_as_not_scored(clinic):
    patients = worklist(Warehouse(clinic.store.folder).current(), ("US", "KR", "FR"))
    assert len(patients) == 1954
    assert set(patients.support) == {"not scored"}
    assert patients.cancer.notna().all()
    assert {"lung cancer", "melanoma"} <= set(patients.cancer)


def test_platelets_and_other_counts_are_in_canonical_units(clinic):
    units = clinic.table("lab").groupby("loinc").unit.nunique()
    assert (units == 1).all()


def test_importing_again_changes_nothing(clinic):
    before = clinic.store.snapshots()
    importer = Importer(clinic.store, clinic.quarantine, NOW, lambda step, share: None)
    for source in ("icb_real", "irae_real"):
        assert importer.run(DATA / source).snapshot is None
    assert clinic.store.snapshots() == before


def test_together_they_are_the_same_cohort(clinic, tmp_path):
    folder = tmp_path / "both"
    folder.mkdir()
    for path in sorted(DATA.glob("*/*.csv")):
        target = folder / path.name
        lines = path.read_text().splitlines()
        known = target.exists()
        with target.open("a") as text:
            text.write("\n".join(lines[known:]) + "\n")
    other = Clinic(tmp_path)
    importer = Importer(other.store, other.quarantine, NOW, lambda step, share: None)
    importer.run(folder)
    for name in ("patient", "treatment", "lifestyle", "lab"):
        query = unbound(name)
        ours, theirs = (
            Warehouse(one.store.folder).run(query.order_by(query.columns))
            for one in (other, clinic)
        )
        assert ours.equals(theirs)
