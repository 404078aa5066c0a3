"""The floor of the house: errors, settings, clock, languages and the small types. Imports nothing of ours."""
