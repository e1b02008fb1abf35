"""Plans: what each parameter is filled with, from which stream; and the filling itself."""
