"""`archspec check`: a spec, judged and linted, and its certain fixes."""
