"""Forecasts of quality of life, and what a score goes with."""
