"""Texts with one label each: counterfactually-augmented reviews and inference, their twins, and texts of other kinds."""

from __future__ import annotations

from cfbench.datasets.text.cad import ImdbCad, SnliCad
from cfbench.datasets.text.multinli import Mnli
from cfbench.datasets.text.sentences import Amazon, Yelp
from cfbench.datasets.text.tweets import SemEval2017
from cfbench.datasets.text.twins import NliMini, ReviewsMini

__all__ = ["Amazon", "ImdbCad", "Mnli", "NliMini", "ReviewsMini", "SemEval2017", "SnliCad", "Yelp"]
