"""Texts with one label each: counterfactually-augmented reviews and inference, and their twins."""

from __future__ import annotations

from cfbench.datasets.text.cad import ImdbCad, SnliCad
from cfbench.datasets.text.twins import NliMini, ReviewsMini

__all__ = ["ImdbCad", "NliMini", "ReviewsMini", "SnliCad"]
