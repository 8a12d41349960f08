"""What the trainer takes: one table, read by `check` without torch and by the trainer itself."""
