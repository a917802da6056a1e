"""Tunesmith's window: shows values from core and sends intents to it. No arithmetic and no file formats here."""

from desktop.lasting_singletons import make_singletons_last

make_singletons_last()
