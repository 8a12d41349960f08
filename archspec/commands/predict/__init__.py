"""`archspec predict`: the classes of pictures."""
