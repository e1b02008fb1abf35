"""The verbs: fill, initialize, plan."""
