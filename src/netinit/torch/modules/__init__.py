"""PyTorch modules as nets: what their tensors are, and where they get memory."""
