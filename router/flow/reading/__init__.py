"""From nodes to the model: resources first, since flows refer to them, then each flow as it could be read."""
