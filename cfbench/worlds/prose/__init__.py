"""Prose: texts with a label, their counterfactual edits, and cues that go with the label for no good reason.

``reviews`` writes film reviews, ``inference`` premises and hypotheses. Everything is exact on every machine.
"""
