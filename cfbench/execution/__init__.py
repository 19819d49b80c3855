"""The runner, the on-disk store and the engines."""
