"""``python docs/parity --vectors DIR`` writes the page; it fails where a value is beyond its tolerance."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

# Python puts the folder that it runs on the path, where `clip` would stand before a package of that name.
sys.path[0] = str(Path(__file__).resolve().parents[1])

if __name__ == "__main__":
    sys.exit(importlib.import_module("parity.page").main())
