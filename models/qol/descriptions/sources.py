"""Where sizes of change and thresholds come from: full citations by the short name used."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "Osoba 1998": "Osoba D et al. J Clin Oncol 1998;16:139-44, doi 10.1200/JCO.1998.16.1.139:"
        " sizes of change that patients notice (anchored for QL, PF, EF and SF)",
        "Snyder 2015": "Snyder CF et al. Qual Life Res 2015;24:1207-16,"
        " doi 10.1007/s11136-014-0853-y: the change that flags one patient",
        "Cocks 2012": "Cocks K et al. Eur J Cancer 2012;48:1713-21,"
        " doi 10.1016/j.ejca.2012.02.059: changes of group means, by direction",
        "Giesinger 2020": "Giesinger JM et al. J Clin Epidemiol 2020;118:1-8,"
        " doi 10.1016/j.jclinepi.2019.10.003: thresholds for clinical importance",
        "Bourke 2024": "Bourke S et al. Health Qual Life Outcomes 2024,"
        " doi 10.1186/s12955-024-02294-3: changes that matter to one patient with cancer",
        "McClure 2017": "McClure NS et al. Value Health 2017;20:644-50,"
        " doi 10.1016/j.jval.2016.11.015: index differences across value sets, 0.037 to 0.069",
        "Pickard 2007": "Pickard AS et al. Health Qual Life Outcomes 2007;5:70,"
        " doi 10.1186/1477-7525-5-70: differences in cancer, 7 to 12 points",
        "Webster 2003": "Webster K et al. Health Qual Life Outcomes 2003;1:79,"
        " doi 10.1186/1477-7525-1-79: differences of the total between groups, 3 to 7 points",
    }
)
