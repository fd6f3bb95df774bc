"""What the near tests notice: facts of a package are changed one at a time, and its tests have to fail."""
