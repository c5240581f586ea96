"""The read side: pseudonymised patients of all countries in immutable snapshots."""
