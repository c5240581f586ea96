"""What people do in the program: users, care teams, sessions, the access log, predictions shown.

Also the cohorts that were released to them, and those that they saved.
"""

from data_access.record.access_log import ChainReport
from data_access.record.cohort_releases import Released, ReleasesChanged
from data_access.record.predictions import PredictionShown
from data_access.record.roles import CARE, Role, may_open
from data_access.record.saved_cohorts import SavedCohorts
from data_access.record.sign_in import SignInRefused
from data_access.record.store import Record
from data_access.record.tokens import PatientTokens
from data_access.record.viewer import Agent, Viewer, host_operator

__all__ = [
    "CARE",
    "Agent",
    "ChainReport",
    "PatientTokens",
    "PredictionShown",
    "Record",
    "Released",
    "ReleasesChanged",
    "Role",
    "SavedCohorts",
    "SignInRefused",
    "Viewer",
    "host_operator",
    "may_open",
]
