"""What a trained network does: evaluation, predictions, latency."""
