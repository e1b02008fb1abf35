"""Initializers by their names, and their names in the frameworks."""
