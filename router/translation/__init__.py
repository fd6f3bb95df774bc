"""Words of the program in other languages: what is shown to people is translated where it is shown (decision 0150)."""
