"""Alembic's environment, and the steps in ``versions``."""
