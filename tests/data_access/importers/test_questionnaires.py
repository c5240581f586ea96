"""Answers of every questionnaire are scored; delivered scores of the same forms are compared."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from data_access.importers.questionnaires import Comparison
from models.qol.instrument import Instrument, Item, Scale
from models.qol.instruments import BUILT_IN, CHECK_IN, FACT_G, QLQ_C30
from server.commands.warehouse import comparison_text, import_text

ANSWER = "patient_id,date,instrument,item,value\n"
SCORE = "patient_id,date,instrument,scale,value\n"
DAY = "2024-02-01"


def answers(instrument: str, codes, value: float, person: str = "p1", day: str = DAY) -> str:
    return "".join(f"{person},{day},{instrument},{code},{value}\n" for code in codes)


def scores(instrument: str, person: str = "p1", day: str = DAY, **values: float) -> str:
    return "".join(f"{person},{day},{instrument},{code},{v}\n" for code, v in values.items())


def qlq(value: float, person: str = "p1", day: str = DAY) -> str:
    return answers("qlq-c30", QLQ_C30.item_codes, value, person, day)


def stored(clinic, person: str = "p1", day: str = DAY) -> dict[str, float]:
    table = clinic.table("score")
    rows = table[(table.patient_id == person) & (table.date.astype(str).str[:10] == day)]
    return dict(zip(rows.scale, rows.value, strict=True))


def differing(report) -> list[dict[str, str]]:
    with report.differences.open(newline="") as text:
        return list(csv.DictReader(text, delimiter="\t"))


def test_answers_of_every_questionnaire_are_scored(filled):
    filled.deliver(
        answer=ANSWER
        + answers("fact-g", FACT_G.item_codes, 2)
        + answers("check-in", CHECK_IN.item_codes, 1)
        + answers("qlq-short", ("q29", "q30"), 7)
    )
    found = stored(filled)
    assert (found["TOTAL"], found["PWB"], found["BURDEN"], found["rash"]) == (54, 14, 25, 1)
    assert found["QL"] == 100
    assert "FA" not in found


def test_answers_of_a_questionnaire_of_the_site_are_scored(filled):
    scale = Scale("A", "a", "sum", True, items=("a",), least_answered=1, low=-5, high=500)
    own = Instrument("own", "Own", "1", "free", (Item("a", "a", -5, 500),), (scale,), "us")
    filled.instruments = {**BUILT_IN, "own": own}
    filled.deliver(
        answer=ANSWER + answers("own", "a", 400), score=SCORE + scores("own", "p2", A=-5)
    )
    assert stored(filled) == {"A": 400}
    assert stored(filled, "p2") == {"A": -5}


@pytest.mark.parametrize(
    ("table", "row", "reason"),
    [
        ("answer", "nope,q1,1", "instrument: not a questionnaire that is known here"),
        ("answer", "fact-g,q1,1", "item: not one of the items of fact-g"),
        ("answer", "fact-g,gp1,5", "value: gp1 of fact-g is not a whole number from 0 to 4"),
        ("answer", "fact-g,gp1,1.5", "value: gp1 of fact-g is not a whole number from 0 to 4"),
        ("answer", "eq-5d-5l,vas,101", "value: vas of eq-5d-5l is not a number from 0 to 100"),
        ("answer", "qlq-short,q1,1", "item: not one of the items of qlq-short"),
        ("answer", "qlq-c30,q1,nan", "value: not a number"),
        ("answer", "qlq-c30,q1,1e999", "value: not a number"),
        ("answer", "qlq-c30,q1,", "value: missing"),
        ("score", "fact-g,XX,5", "scale: not one of the scales of fact-g"),
        ("score", "fact-g,TOTAL,108.1", "value: TOTAL of fact-g is not a number from 0 to 108"),
        ("score", "eq-5d-5l,index,1.001", "value: index of eq-5d-5l is not a number from -1 to 1"),
        ("score", "nope,QL,5", "instrument: not a questionnaire that is known here"),
    ],
)
def test_what_no_questionnaire_admits_is_set_aside_by_row(filled, table, row, reason):
    good = {
        "answer": qlq(1, "p2"),
        "score": "".join(
            scores("fact-g", "p2", f"2024-03-{day:02d}", PWB=3) for day in range(1, 26)
        ),
    }[table]
    head = {"answer": ANSWER, "score": SCORE}[table]
    report = filled.deliver(**{table: f"{head}{good}p1,{DAY},{row}\n"})
    assert report.files[0].counts.quarantined == 1
    assert reason in filled.set_aside(table)[0]
    assert reason in report.files[0].reasons[0][0]


def test_an_answer_on_an_analogue_scale_need_not_be_whole(filled):
    filled.deliver(answer=ANSWER + answers("eq-5d-5l", ("vas",), 70.5))
    assert stored(filled) == {"vas": 70.5}


def test_scores_of_the_answers_count_and_delivered_ones_are_compared(filled):
    report = filled.deliver(
        answer=ANSWER
        + qlq(1)
        + qlq(1, "p2")
        + answers("eq-5d-5l", ("mo", "sc", "ua", "pd", "ad"), 5),
        score=SCORE
        + scores("qlq-c30", QL=0, PF=99.96, FA=50)
        + scores("qlq-c30", "p2", QL=0.05)
        + scores("eq-5d-5l", index=-0.5256)
        + scores("qlq-c30", day="2024-03-01", QL=42),
    )
    assert stored(filled)["FA"] == 0
    assert stored(filled)["index"] == -0.525
    assert stored(filled, day="2024-03-01") == {"QL": 42}
    counts = report.files[1].counts
    assert (counts.new, counts.compared) == (1, 5)
    assert report.comparisons == (
        Comparison("eq-5d-5l", "index", 1, 1, 0.0005),
        Comparison("qlq-c30", "FA", 1, 1, 0.05),
        Comparison("qlq-c30", "PF", 1, 0, 0.05),
        Comparison("qlq-c30", "QL", 2, 0, 0.05),
    )
    rows = [
        (row["patient_id"], row["scale"], row["delivered"], row["computed"])
        for row in differing(report)
    ]
    assert rows == [("p1", "index", "-0.5256", "-0.525"), ("p1", "FA", "50.0", "0.0")]
    assert report.differences.parent.parent == filled.quarantine
    assert report.differences.stat().st_mode & 0o077 == 0


def test_a_delivered_score_that_the_rules_do_not_allow_differs(filled):
    report = filled.deliver(
        answer=ANSWER + answers("qlq-c30", ("q1", "q8"), 1), score=SCORE + scores("qlq-c30", PF=100)
    )
    assert stored(filled) == {"DY": 0}
    assert report.comparisons == (Comparison("qlq-c30", "PF", 1, 1, 0.05),)
    assert differing(report)[0]["computed"] == ""


def test_the_report_says_how_scores_agree(filled):
    report = filled.deliver(answer=ANSWER + qlq(1), score=SCORE + scores("qlq-c30", FA=50))
    text = import_text(report)
    assert "score.csv: 1 only compared, as the answers are scored." in text
    sentence = (
        "qlq-c30 FA: 1 of 1 delivered scores differ from those of the answers by more than 0.05."
    )
    assert sentence in text
    assert str(report.differences) in text
    assert comparison_text(Comparison("eq-5d-5l", "index", 1200, 0, 0.0005)) == (
        "eq-5d-5l index: 0 of 1,200 delivered scores differ from those of the answers by more than"
        " 0.0005."
    )


def test_scores_delivered_after_the_answers_change_nothing_and_are_compared(filled):
    filled.deliver(answer=ANSWER + qlq(1))
    before = filled.store.current_id()
    report = filled.deliver(score=SCORE + scores("qlq-c30", QL=50))
    assert report.snapshot is None
    assert report.comparisons == (Comparison("qlq-c30", "QL", 1, 1, 0.05),)
    assert len(differing(report)) == 1
    assert filled.store.current_id() == before
    assert stored(filled)["QL"] == 0


def test_scores_delivered_before_the_answers_give_way_and_are_compared(filled):
    filled.deliver(score=SCORE + scores("qlq-c30", QL=50) + scores("qlq-c30", "p2", QL=60))
    assert stored(filled) == {"QL": 50}
    report = filled.deliver(answer=ANSWER + qlq(1))
    assert len(stored(filled)) == 16
    assert stored(filled)["QL"] == 0
    assert stored(filled, "p2") == {"QL": 60}
    assert report.comparisons == (Comparison("qlq-c30", "QL", 1, 1, 0.05),)


def test_the_same_files_again_change_nothing(filled):
    files = {"answer": ANSWER + qlq(1), "score": SCORE + scores("qlq-c30", QL=50)}
    first = filled.deliver(**files)
    again = filled.deliver(**files)
    assert (first.snapshot is None, again.snapshot) == (False, None)
    assert again.already == ("answer.csv", "score.csv")
    touched = {name: text + "\n" for name, text in files.items()}
    report = filled.deliver(**touched)
    assert report.snapshot is None
    assert report.comparisons == (Comparison("qlq-c30", "QL", 1, 1, 0.05),)
    assert len(stored(filled)) == 16


def test_changed_answers_are_scored_again_beside_delivered_scores(filled):
    filled.deliver(answer=ANSWER + qlq(1), score=SCORE + scores("qlq-c30", QL=0))
    report = filled.deliver(answer=ANSWER + qlq(4), score=SCORE + scores("qlq-c30", QL=50))
    assert (stored(filled)["QL"], len(stored(filled))) == (50, 16)
    assert report.comparisons == (Comparison("qlq-c30", "QL", 1, 0, 0.05),)
    assert report.differences is None


def test_computed_scores_are_not_taken_for_delivered_ones(filled):
    filled.deliver(answer=ANSWER + qlq(1))
    report = filled.deliver(answer=ANSWER + qlq(4))
    assert report.comparisons == ()


def test_a_batch_with_differences_can_be_imported_again(filled):
    good = qlq(1)
    report = filled.deliver(
        answer=f"{ANSWER}{good}p2,{DAY},qlq-c30,q1,9\n", score=SCORE + scores("qlq-c30", QL=50)
    )
    assert {path.name for path in report.quarantine.iterdir()} == {
        "answer.csv",
        "score_differences.tsv",
    }
    mended = (report.quarantine / "answer.csv").read_text().replace(",9,", ",4,")
    (report.quarantine / "answer.csv").write_text(mended)
    importer = replace(filled.importer(), quarantine=filled.root / "other")
    assert importer.run(report.quarantine).files[0].counts.new == 1
