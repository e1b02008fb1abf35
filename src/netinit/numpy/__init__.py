"""numpy arrays: mappings of them as nets, and a function for each name of the catalogue."""
