"""One file per screen; the only place where components, data access and models meet."""
