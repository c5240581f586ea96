"""Quality of life: questionnaire scoring."""
