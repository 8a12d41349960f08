"""The recipe: optimizer, schedule and loss, made and rehearsed."""
