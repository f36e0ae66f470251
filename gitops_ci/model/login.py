"""A login of the environment."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Login:
    """A user name and password, or a token; what is not set is None."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
