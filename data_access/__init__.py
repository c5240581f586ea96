"""Everything outside the process: settings, stores, files."""
