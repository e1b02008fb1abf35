"""Parameters: what an adapter says of a net's arrays, and which of them a call means."""
