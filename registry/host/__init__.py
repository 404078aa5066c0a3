"""The host of plugins: discovery, reading and checking packs, resolution of the rule that holds, guarded calls."""
