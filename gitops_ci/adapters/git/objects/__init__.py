"""Objects and trees of the throw-away repository, fetched where they are missing."""
