"""Memory: what it holds, where it comes from, and who may write to it."""
