"""`archspec watch`: a spec, checked on every save."""
