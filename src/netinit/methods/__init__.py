"""Methods: what each parameter of a net is filled with."""
