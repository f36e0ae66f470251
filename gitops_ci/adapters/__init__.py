"""Foreign systems, one a package, which never import each other."""
