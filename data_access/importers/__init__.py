"""Files of a site into the warehouse, with a quarantine for rows that cannot be true."""
