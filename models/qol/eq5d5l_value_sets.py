"""EQ-5D-5L value sets of fourteen countries: what each level of each dimension takes from 1.

As published; checked against the R package eq5d (MIT licence), which holds the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class ValueSet:
    """One published value set.

    ``decrements`` holds levels 2 to 5 of mobility, self-care, usual activities, pain or discomfort,
    anxiety or depression; ``any_problem`` is added once when a level is above 1.
    """

    country: str
    name: str
    source: str
    decrements: tuple[tuple[float, float, float, float], ...]
    any_problem: float = 0.0


_SETS = (
    ValueSet(
        "FR",
        "France",
        "Andrade 2020 PharmacoEconomics, doi 10.1007/s40273-019-00876-4",
        (
            (-0.03759, -0.04774, -0.17949, -0.32509),
            (-0.03656, -0.050781, -0.172251, -0.258331),
            (-0.03313, -0.03979, -0.15689, -0.24005),
            (-0.02198, -0.04704, -0.26374, -0.44399),
            (-0.02046, -0.04683, -0.20005, -0.25803),
        ),
    ),
    ValueSet(
        "ES",
        "Spain",
        "Ramos-Goni 2018 Value Health, doi 10.1016/j.jval.2017.10.023",
        (
            (-0.0839717, -0.0992505, -0.2497363, -0.337318),
            (-0.0500236, -0.053293, -0.1640509, -0.1961494),
            (-0.0440448, -0.0489321, -0.1351463, -0.153155),
            (-0.077983, -0.1011491, -0.2454973, -0.3818179),
            (-0.0807394, -0.1275334, -0.2704687, -0.3477585),
        ),
    ),
    ValueSet(
        "PT",
        "Portugal",
        "Ferreira 2019 Qual Life Res, doi 10.1007/s11136-019-02226-5",
        (
            (-0.048, -0.092, -0.182, -0.356),
            (-0.048, -0.07, -0.156, -0.294),
            (-0.044, -0.063, -0.135, -0.263),
            (-0.041, -0.101, -0.254, -0.406),
            (-0.036, -0.085, -0.212, -0.284),
        ),
    ),
    ValueSet(
        "NL",
        "Netherlands",
        "Versteegh 2016 Value Health, doi 10.1016/j.jval.2016.01.003",
        (
            (-0.035, -0.057, -0.166, -0.203),
            (-0.038, -0.061, -0.168, -0.168),
            (-0.039, -0.087, -0.192, -0.192),
            (-0.066, -0.092, -0.36, -0.415),
            (-0.07, -0.145, -0.356, -0.421),
        ),
        any_problem=-0.047,
    ),
    ValueSet(
        "GB-ENG",
        "England",
        "Devlin 2018 Health Econ, doi 10.1002/hec.3564",
        (
            (-0.058, -0.076, -0.207, -0.274),
            (-0.05, -0.08, -0.164, -0.203),
            (-0.05, -0.063, -0.162, -0.184),
            (-0.063, -0.084, -0.276, -0.335),
            (-0.078, -0.104, -0.285, -0.289),
        ),
    ),
    ValueSet(
        "GB",
        "United Kingdom",
        "UK EQ-5D-5L value set 2026 Value Health, doi 10.1016/j.jval.2026.03.008",
        (
            (-0.032, -0.058, -0.179, -0.279),
            (-0.038, -0.06, -0.162, -0.206),
            (-0.049, -0.086, -0.184, -0.212),
            (-0.056, -0.066, -0.371, -0.479),
            (-0.041, -0.126, -0.313, -0.391),
        ),
    ),
    ValueSet(
        "DE",
        "Germany",
        "Ludwig 2018 PharmacoEconomics, doi 10.1007/s40273-018-0615-8",
        (
            (-0.026, -0.042, -0.139, -0.224),
            (-0.05, -0.056, -0.169, -0.26),
            (-0.036, -0.049, -0.129, -0.209),
            (-0.057, -0.109, -0.404, -0.612),
            (-0.03, -0.082, -0.244, -0.356),
        ),
    ),
    ValueSet(
        "IT",
        "Italy",
        "Finch 2022 Soc Sci Med, doi 10.1016/j.socscimed.2021.114519",
        (
            (-0.051, -0.064, -0.244, -0.329),
            (-0.046, -0.056, -0.216, -0.257),
            (-0.05, -0.064, -0.225, -0.255),
            (-0.047, -0.088, -0.353, -0.408),
            (-0.044, -0.109, -0.318, -0.322),
        ),
    ),
    ValueSet(
        "BE",
        "Belgium",
        "Bouckaert 2022 PharmacoEconomics Open, doi 10.1007/s41669-022-00353-3",
        (
            (-0.031544398, -0.058561311, -0.178674496, -0.2267916),
            (-0.023013325, -0.042723608, -0.1303526, -0.1654566),
            (-0.025140523, -0.046672692, -0.142401521, -0.1807503),
            (-0.067077669, -0.124527854, -0.379942857, -0.4822616),
            (-0.061019419, -0.113280877, -0.345627574, -0.4387052),
        ),
        any_problem=-0.0376805,
    ),
    ValueSet(
        "IE",
        "Ireland",
        "Hobbins 2018 PharmacoEconomics, doi 10.1007/s40273-018-0690-x",
        (
            (-0.063, -0.097, -0.215, -0.344),
            (-0.055, -0.088, -0.229, -0.287),
            (-0.049, -0.072, -0.154, -0.187),
            (-0.068, -0.093, -0.373, -0.51),
            (-0.08, -0.202, -0.535, -0.646),
        ),
    ),
    ValueSet(
        "DK",
        "Denmark",
        "Jensen 2021 Appl Health Econ Health Policy, doi 10.1007/s40258-021-00639-3",
        (
            (-0.041, -0.054, -0.157, -0.22),
            (-0.035, -0.05, -0.144, -0.209),
            (-0.033, -0.04, -0.139, -0.174),
            (-0.048, -0.094, -0.381, -0.537),
            (-0.072, -0.191, -0.43, -0.618),
        ),
    ),
    ValueSet(
        "PL",
        "Poland",
        "Golicki 2019 PharmacoEconomics, doi 10.1007/s40273-019-00811-7",
        (
            (-0.025, -0.034, -0.126, -0.314),
            (-0.031, -0.047, -0.111, -0.264),
            (-0.023, -0.04, -0.097, -0.205),
            (-0.03, -0.05, -0.261, -0.575),
            (-0.018, -0.029, -0.108, -0.232),
        ),
    ),
    ValueSet(
        "SE",
        "Sweden 2022",
        "Burstrom 2022 Health Qual Life Outcomes, doi 10.1186/s12955-022-02083-w",
        (
            (-0.022, -0.026, -0.087, -0.132),
            (-0.019, -0.056, -0.113, -0.159),
            (-0.022, -0.048, -0.131, -0.187),
            (-0.01, -0.047, -0.319, -0.442),
            (-0.031, -0.122, -0.277, -0.394),
        ),
    ),
    ValueSet(
        "US",
        "United States",
        "Pickard 2019 Value Health, doi 10.1016/j.jval.2019.02.009",
        (
            (-0.096, -0.122, -0.237, -0.322),
            (-0.089, -0.107, -0.22, -0.261),
            (-0.068, -0.101, -0.255, -0.255),
            (-0.06, -0.098, -0.318, -0.414),
            (-0.057, -0.123, -0.299, -0.321),
        ),
    ),
)

VALUE_SETS = MappingProxyType({one.country: one for one in _SETS})
"""Value sets by country code; England has its own, GB-ENG."""


def value_set(country: str) -> ValueSet | None:
    """The value set of a country code such as FR, or None when there is none."""
    return VALUE_SETS.get(country)
