"""Writes kept pending over untouched memory, until names are known: `netinit.torch.accelerate`."""
