"""What a trained model has learned."""
