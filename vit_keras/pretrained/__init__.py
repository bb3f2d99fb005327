"""How weights of others get in."""
