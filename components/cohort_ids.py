"""Every component id of the page of cohorts: page, thing, kind."""

from __future__ import annotations

from enum import StrEnum

SIDES = ("a", "b")
"""The two cohorts of a comparison."""


class Ids(StrEnum):
    """Ids that occur once."""

    STATE = "cohorts-state-store"
    LIKE = "cohorts-like-store"
    READY = "cohorts-ready-store"
    PAGE = "cohorts-page"
    MESSAGE = "cohorts-message"
    REFUSAL = "cohorts-refusal"
    START = "cohorts-start"
    ANCHOR = "cohorts-anchor-input"
    SWAP = "cohorts-swap-button"
    RESET = "cohorts-reset-button"
    CHIPS_A = "cohorts-a-chips"
    CHIPS_B = "cohorts-b-chips"
    SIDE_A = "cohorts-a-side"
    SIDE_B = "cohorts-b-side"
    TEXT_A = "cohorts-a-text-input"
    TEXT_B = "cohorts-b-text-input"
    APPLY_A = "cohorts-a-apply-button"
    APPLY_B = "cohorts-b-apply-button"
    DOMAIN = "cohorts-domain-input"
    VARIABLE = "cohorts-variable-input"
    LEVELS = "cohorts-levels-input"
    NEGATED = "cohorts-negated-input"
    ABOUT = "cohorts-variable-note"
    ADD_A = "cohorts-a-add-button"
    ADD_B = "cohorts-b-add-button"
    ADD_BOTH = "cohorts-both-add-button"
    SAVED = "cohorts-saved-input"
    OPEN = "cohorts-open-button"
    FORGET = "cohorts-forget-button"
    NAME = "cohorts-name-input"
    SAVE = "cohorts-save-button"
    SAVED_NOTE = "cohorts-saved-note"
    LINK = "cohorts-link-input"
    COPY = "cohorts-copy-button"
    COPIED = "cohorts-copied-text"
    EXPORT = "cohorts-export-button"
    DOWNLOAD = "cohorts-download"
    EXPORTED = "cohorts-exported-text"
    PRINT = "cohorts-print-button"
    PRINTED = "cohorts-printed-store"
    RESULTS = "cohorts-results"
    VIEW = "cohorts-view-input"
    ABOUT_SIDES = "cohorts-about-sides"
    PANEL = "cohorts-panel"
    HEAT = "cohorts-heat-map"
    ORGAN = "cohorts-organ-input"
    GRADE = "cohorts-grade-input"
    SCALE = "cohorts-scale-input"
    OUTCOME = "cohorts-outcome-input"
    SPLIT = "cohorts-split-input"


def chip_id(side: str, condition: str) -> dict[str, str]:
    """Id of the button that takes one condition away from a cohort."""
    return {"type": "cohorts-chip", "side": side, "condition": condition}


def preset_id(key: str) -> dict[str, str]:
    """Id of the card that asks a question."""
    return {"type": "cohorts-preset", "key": key}
