"""Definitions and their evaluation. Pure: no database, no web, no clock of its own."""
