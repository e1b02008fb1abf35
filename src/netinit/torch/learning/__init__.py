"""What a net's own code makes of its tensors, learnt by running it without computing weights."""
