"""The demonstration: data files that say who does what on which day, and the player that does it by verbs."""
