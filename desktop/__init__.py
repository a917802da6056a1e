"""Tunesmith's window: shows values from core and sends intents to it. No arithmetic and no file formats here."""
