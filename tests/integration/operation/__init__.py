"""The operations from the command line, on real repositories and image layouts."""
