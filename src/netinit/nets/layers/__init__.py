"""The layers, by families: what each computes the shape of, and which arrays it has."""
