"""Networks that look: the detectors a metric sees through. Found by the core through entry points."""
