"""The library in flows/library/: bundles that a company could run, each held to the same demands."""
