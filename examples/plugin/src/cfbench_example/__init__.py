"""A cfbench plugin of one model, one data set, one metric and one detector."""
