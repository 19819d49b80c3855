"""Networks that are looked at: baselines and reference systems. Found by the core through entry points."""
