"""Heavy bundles, thousands of accounts, long calls and commands: what docs/scale.md tells beside `bench.history`."""
