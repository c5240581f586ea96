"""Risk of immune-related adverse events: features, models, prediction, evaluation."""
