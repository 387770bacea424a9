"""Complete clients, each written once."""
