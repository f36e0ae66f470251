"""Paths inside a repository, with '/' and relative to its root, which is ''."""


def join(folder: str, name: str) -> str:
    """Return what is called ``name`` in a folder; either may be '' for the folder itself."""
    return f"{folder}/{name}" if folder and name else folder or name


def below(folder: str, path: str) -> str | None:
    """Return a path as seen from a folder, '' for the folder itself; None outside of it."""
    if not folder or path == folder:
        return path[len(folder) :]
    return path.removeprefix(f"{folder}/") if path.startswith(f"{folder}/") else None
