"""The page of cohorts, in parts: the screen, what is asked, what is kept and taken away."""
