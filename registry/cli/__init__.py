"""The terminal's face: the program `registry`. Knows click and the screen; holds no rule."""
