"""SSCR: counterfactual reasoning on top of GeNeVA, for editing by instructions."""
