"""``python -m cfbench``."""

from __future__ import annotations

from cfbench.cli import main

main()
