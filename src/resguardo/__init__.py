"""Resguardo: told once, sealed, handed over, proved."""

__version__ = "0.1.0"
