"""Whether the initialization is right: arrays looked at, and judged by what they are to be."""
