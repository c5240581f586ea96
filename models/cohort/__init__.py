"""Cohorts: definition, estimators from grouped counts, disclosure control."""
