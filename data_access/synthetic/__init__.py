"""Simulated cohort."""

from data_access.synthetic.cohort import BLOCK, Cohort, chunks, generate, true_risk

__all__ = ["BLOCK", "Cohort", "chunks", "generate", "true_risk"]
