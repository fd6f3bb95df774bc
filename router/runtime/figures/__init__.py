"""Figures: sums over the calls that are over, kept beside the traffic and read in one query."""
