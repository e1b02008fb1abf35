"""Torch's operators as a dispatch mode sees them: what they do, and which of them draw."""
