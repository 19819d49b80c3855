"""The tables and figures of Teney et al. 2020."""
