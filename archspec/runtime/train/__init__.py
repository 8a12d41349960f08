"""Training: the loop, its journal, checkpoints, and going on with a run."""
