"""What follows each layer of a PyTorch module: found by symbolic tracing, and by its tree."""
