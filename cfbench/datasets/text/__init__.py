"""Texts with one label each: counterfactually-augmented reviews and inference, and their twins."""

from __future__ import annotations

from cfbench.datasets.text.cad import ImdbCad, SnliCad

__all__ = ["ImdbCad", "SnliCad"]
