"""Tunesmith's window: shows values from core and sends intents to it. No arithmetic and no file formats here."""

from desktop.lasting_true import make_true_last

make_true_last()
