"""What a year of kept calls costs: a history made of real calls, and what people and maintenance do beside it."""
