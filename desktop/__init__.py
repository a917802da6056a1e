"""The window. Thin: it shows values from core and sends intents to core."""
