"""CoDraw: the official data set, and its embedded twin."""
