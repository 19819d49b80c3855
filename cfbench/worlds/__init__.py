"""Procedural worlds: pure functions of a seed, each a package of its own."""
