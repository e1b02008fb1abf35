"""What every room uses: spelling, checks, words, warnings, and which framework a thing is of."""
