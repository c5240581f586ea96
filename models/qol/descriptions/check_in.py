"""A short check-in of our own for people on immunotherapy: eleven questions on the last 7 days.

It asks for what immune-related adverse events feel like. It has not been validated: there is no
published difference or threshold, so none is claimed.
"""

from __future__ import annotations

from models.qol.instrument import Instrument, Item, Scale

_SYMPTOMS = (
    ("diarrhoea", "diarrhoea", "loose or frequent stools?"),
    ("abdomen", "abdominal pain", "pain or cramps in your belly?"),
    ("rash", "rash", "a rash or other changes of your skin?"),
    ("itch", "itching", "itching?"),
    ("breath", "cough or breathlessness", "a cough, or trouble getting your breath?"),
    ("joints", "joint pain", "painful, stiff or swollen joints?"),
    ("muscles", "muscle weakness", "weakness or pain in your muscles?"),
    ("tired", "tiredness", "tiredness that rest did not mend?"),
    ("headache", "headache", "headache, or changes of your sight?"),
    ("thirst", "thirst or passing water", "unusual thirst, or passing water more than usual?"),
)
_ASKED = "In the last 7 days, how much were you troubled by"
_OVERALL = "In the last 7 days, how much did symptoms or side effects trouble you overall?"
_ANSWERS = "(0 none, 1 mild, 2 moderate, 3 severe, 4 very severe)"


def _single(code: str, label: str) -> Scale:
    """One answer as a scale of its own."""
    return Scale(
        code,
        label,
        "item",
        higher_is_better=False,
        items=(code,),
        least_answered=1,
        high=4.0,
        unit="of 4",
    )


CHECK_IN = Instrument(
    name="check-in",
    title="symptom check-in",
    version="1",
    licence="part of Immunoboard, free to use",
    source="Immunoboard, own wording; not validated",
    items=(
        *(
            Item(code, topic, 0, 4, question=f"{_ASKED} {question} {_ANSWERS}")
            for code, topic, question in _SYMPTOMS
        ),
        Item("overall", "trouble overall", 0, 4, question=f"{_OVERALL} {_ANSWERS}"),
    ),
    scales=(
        Scale(
            "BURDEN",
            "symptom burden",
            "mean",
            higher_is_better=False,
            items=tuple(code for code, _, _ in _SYMPTOMS),
            least_answered=5,
        ),
        *(_single(code, topic) for code, topic, _ in _SYMPTOMS),
        _single("overall", "trouble overall"),
    ),
)
