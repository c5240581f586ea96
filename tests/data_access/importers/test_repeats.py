from __future__ import annotations

from tests.data_access.importers.conftest import lab, many


def test_the_same_row_twice_is_counted_and_lost_nowhere(filled):
    row = "p1,2024-02-01,2160-0,88.4,umol/L"
    report = filled.deliver(lab=lab(row, "p1,2024-02-02,1742-6,30,U/L", row, row))
    counts = report.files[0].counts
    assert (counts.rows, counts.new, counts.repeated, counts.quarantined) == (4, 2, 2, 0)
    assert (report.quarantine, len(filled.table("lab"))) == (None, 2)
    assert filled.deliver(lab=lab(row, row)).files[0].counts.unchanged == 1


def test_several_values_on_one_day_are_one_reason_and_the_first_is_kept(filled):
    days = [f"{day},1742-6,30,U/L" for day in many(60)]
    odd = ["p1,2024-02-01,1742-6,30,U/L", *["p1,2024-02-01,1742-6,31,U/L"] * 2]
    report = filled.deliver(lab=lab(*days, *odd, "p1,2024-02-01,1742-6,30,U/L"))
    (reason, count), *others = report.files[0].reasons
    assert reason.startswith("several values on one day: keep one; an earlier line has the same")
    assert (count, others, report.files[0].counts.repeated) == (2, [], 1)
    assert "line 62 has the same patient_id, date, loinc" in filled.set_aside("lab")[0]
    assert filled.table("lab").value.unique().tolist() == [30]


def test_a_repeat_of_a_bad_row_is_bad(filled):
    good = [f"{day},1742-6,30,U/L" for day in many(60)]
    report = filled.deliver(lab=lab(*good, *["nobody,2024-02-01,1742-6,30,U/L"] * 2))
    counts = report.files[0].counts
    assert (counts.new, counts.repeated, counts.quarantined) == (60, 0, 2)
