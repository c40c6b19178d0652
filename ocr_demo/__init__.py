"""Reads a single character from a drawing or a picture."""

__version__ = "0.1.0"
