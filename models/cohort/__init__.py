"""Cohorts: disclosure control, so far."""
