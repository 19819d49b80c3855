"""Writes ``docs/parity.md``: every recorded value of published implementations beside ours.

    python docs/parity --vectors DIR

One module for each group of metrics yields what it compares and what it leaves out; ``page`` tells of it.
"""
