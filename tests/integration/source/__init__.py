"""What comes from the source repository."""
