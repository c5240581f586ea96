"""Which risks of many patients are shown with care: ``Applicability.support``, all at once."""

from __future__ import annotations

import numpy as np

from models.arrays import Bools, Floats
from models.risk.inputs import FEATURE_NAMES
from models.risk.interval import not_measured
from models.risk.outcomes import OUTCOMES
from models.risk.support import FEW_SIMILAR, KINDS, Applicability, kind_of_patient

_TIME = FEATURE_NAMES.index("landmark_time")
_KIND = [FEATURE_NAMES.index(name) for name in KINDS]


def with_care(rules: Applicability, features: Floats, density: Floats) -> Bools:
    """Whether each outcome's risk is one to use with care, shape (n, outcomes).

    Args:
        rules: limits of the manifest.
        features: shape (n, inputs), rows with the minimum of inputs; NaN where missing.
        density: shape (n, outcomes), see ``Ensemble.density``.
    """
    everywhere = _unusual(rules, features) | _few_similar(rules, features)
    return everywhere[:, None] | _missing(rules, features) | _rare(rules, features, density)


def _unusual(rules: Applicability, features: Floats) -> Bools:
    unusual = np.zeros(len(features), dtype=bool)
    for column, name in enumerate(FEATURE_NAMES):
        values = features[:, column]
        if name in rules.codes:
            usual = np.isin(values, sorted(rules.codes[name]))
        else:
            low, high = rules.ranges[name]
            usual = (values >= low) & (values <= high)
        unusual |= ~usual & ~np.isnan(values)
    return unusual


def _few_similar(rules: Applicability, features: Floats) -> Bools:
    kinds = features[:, _KIND].copy()
    kinds[:, -1] = np.floor(kinds[:, -1])
    different, kind = np.unique(kinds, axis=0, return_inverse=True)
    few = [(rules.similar.get(kind_of_patient(*one)) or 0) < FEW_SIMILAR for one in different]
    return np.array(few, dtype=bool)[kind.ravel()]


def _missing(rules: Applicability, features: Floats) -> Bools:
    weights = np.array([[rules.importance[o][name] for o in OUTCOMES] for name in FEATURE_NAMES])
    total = weights.sum(axis=0)
    share = not_measured(features) @ weights / np.where(total > 0, total, 1)
    return np.asarray(share > np.array([rules.missing_limit[o] for o in OUTCOMES]), dtype=bool)


def _rare(rules: Applicability, features: Floats, density: Floats) -> Bools:
    rare = np.zeros(density.shape, dtype=bool)
    for day in np.unique(features[:, _TIME]):
        here = features[:, _TIME] == day
        limits = [rules.density_limit[o].get(f"{day:.0f}", 0.0) for o in OUTCOMES]
        rare[here] = density[here] < limits
    return rare
