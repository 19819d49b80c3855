"""Weights on this machine: a file of safetensors with a card beside it. No torch is needed to look at them.

``NAME-DATASET.safetensors`` (or ``NAME.safetensors``, for a detector that knows its data set) holds the tensors and
``.json`` of the same stem the card. They are looked for in this order: the folder of installed weights, the folder
``bundled`` of each package that registers a model or a detector, and, in a checkout, the weights that are not for
the package because of their licence.
"""

from __future__ import annotations

from cfbench.weights.card import Card, card_of, read_card
from cfbench.weights.finding import File, every_file, find
from cfbench.weights.folders import checkout_folder, weights_folder

__all__ = ["Card", "File", "card_of", "checkout_folder", "every_file", "find", "read_card", "weights_folder"]
