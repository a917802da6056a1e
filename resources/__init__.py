"""What ships with Tunesmith: icons, tables, the starter model, its sample data. Reached by importlib.resources only."""
