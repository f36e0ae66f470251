"""New commits, notes and tags, and pushing them by compare-and-swap."""
