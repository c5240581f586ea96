"""The questionnaires that come with the program, one module each."""
