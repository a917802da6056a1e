"""What ships with Tunesmith: icons, tables, the starter model and its sample data. Reached through importlib.resources only."""
