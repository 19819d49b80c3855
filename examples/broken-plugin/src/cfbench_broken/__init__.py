"""A cfbench plugin that is broken on purpose."""
