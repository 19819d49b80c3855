"""Raises when it is imported."""

message = "the driver\nis not installed"
raise RuntimeError(message)
