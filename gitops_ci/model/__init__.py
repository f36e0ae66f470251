"""The frozen values that travel between the layers, and their laws; pure."""
