"""Streams of random words, and the seeds that name them."""
