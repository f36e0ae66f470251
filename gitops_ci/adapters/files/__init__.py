"""Files on this machine that are written whole or not at all."""
