"""`archspec eval`: how a trained network does."""
