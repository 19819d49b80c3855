"""The metrics as pure functions: numpy, torch or lists in, float64 inside. Made to be imported by themselves."""
