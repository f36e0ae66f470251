"""A build's log in pieces as they come -> lines of text."""

import codecs


class Decoder:
    """Joins the pieces of one log: a character, a line or its end may be cut in two."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = ""

    def text(self, piece: bytes) -> str:
        """Return the lines that are whole by now, with simple newlines."""
        lines = (self._line + self._decoder.decode(piece)).split("\n")
        self._line = lines.pop()
        return "".join(f"{line.removesuffix(chr(13))}\n" for line in lines)

    def rest(self) -> str:
        """Return what stands behind the last newline, as a line."""
        line, self._line = (
            (self._line + self._decoder.decode(b"", final=True)).removesuffix("\r"),
            "",
        )
        return f"{line}\n" if line else ""


def decode_log(content: bytes) -> str:
    """Return a log that came in one piece."""
    decoder = Decoder()
    return decoder.text(content) + decoder.rest()
