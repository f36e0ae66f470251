"""Options, their types and environment variables, and what is made of them."""
