"""The HTTP edge that is not a Dash page: sign-in, guard, headers, health, commands."""
