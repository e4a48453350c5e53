"""Taking in what customers do: accept, check, de-duplicate, identify, load."""
