"""Tunesmith without a window: what the desktop application and the command line both stand on."""
