"""Baselines: what a number means is seen beside them."""
