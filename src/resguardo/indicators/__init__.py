"""Figures and maps for the programme and the institutions."""
