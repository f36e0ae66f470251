"""The change of a file as a unified diff."""

import difflib


def file_diff(file: str, before: bytes, after: bytes) -> str:
    """Return a unified diff; lines end at newlines alone and keep carriage returns, as in Git."""
    lines = difflib.unified_diff(_lines(before), _lines(after), f"a/{file}", f"b/{file}")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def _lines(content: bytes) -> list[str]:
    text = content.decode("utf-8", "replace")
    return [f"{line}\n" for line in text.split("\n")[:-1]] + [
        last for last in [text.split("\n")[-1]] if last
    ]
