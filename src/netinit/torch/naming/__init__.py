"""Values by name for init code of anybody's: `netinit.torch.named`."""
