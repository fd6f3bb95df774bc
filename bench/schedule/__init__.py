"""Who keeps how many callers under the PBX's limits: our scheduler, first-in first-out, and a clairvoyant."""
