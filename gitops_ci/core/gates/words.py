"""How verdicts call lengths of time, and words of a command line."""

_UNITS = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def duration(seconds: int) -> str:
    """Return a length of time as gitops.yaml has it: ``4h``, ``1d12h``; the two largest units say
    enough.
    """
    parts: list[str] = []
    rest = max(0, seconds)
    for name, size in _UNITS:
        if rest >= size:
            parts.append(f"{rest // size}{name}")
            rest %= size
        elif parts:
            break  # 1d and 3 seconds are 1d
    return "".join(parts[:2]) or "0s"


def quoted(word: str) -> str:
    """Return a word as a shell has to be given it."""
    import shlex  # only for what somebody is told to type

    return shlex.quote(word)
