"""Benefit beside harm: a published score of the odds of a response, with what it is made of."""

from __future__ import annotations

from dash import html

from components.wording import input_label, input_phrase, listed, signed
from models.benefit.loris import CITATION, Loris


def benefit_note(benefit: Loris) -> html.Div:
    """The score with its terms and citation, or which inputs it lacks."""
    if benefit.score is None:
        names = listed([input_label(name) for name in benefit.missing], 6)
        words = (
            f"No benefit score (LORIS): not known at the first dose, or not part of the published"
            f" formula: {names}."
        )
        return html.Div(html.P(words, className="mb-1"), className="benefit")
    terms = [
        f"{input_phrase(name, value)} {signed(added, 2)}" for name, value, added in benefit.terms
    ]
    return html.Div(
        [
            html.P(
                [
                    "Benefit beside harm: ",
                    html.Strong(f"LORIS {benefit.score:.2f}"),
                    " on a scale of 0 to 1, from what was known at the first dose; higher goes"
                    " with more responses. A published score, not trained here and not a"
                    " probability for this patient.",
                ],
                className="mb-1",
            ),
            html.P(f"Log-odds: {'; '.join(terms)}. {CITATION}.", className="panel-note"),
        ],
        className="benefit",
    )
