"""Benefit of immunotherapy: a published, transparent score that stands beside the harm."""
