"""`archspec train`: a run, several seeds of it, and how both are told."""
