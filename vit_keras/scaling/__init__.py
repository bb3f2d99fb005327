"""What training costs: by formula, and measured."""
