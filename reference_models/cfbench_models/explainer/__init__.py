"""SSCR's iterative explainer: the instruction that leads from one image to the next."""
