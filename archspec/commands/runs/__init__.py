"""`archspec runs`: the runs and the kept records."""
