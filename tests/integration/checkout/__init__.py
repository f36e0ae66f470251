"""The checkout: what make does in it, and what is committed."""
