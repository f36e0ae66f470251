"""Who is who: names and e-mail addresses under ``people``."""

from collections.abc import Iterable

from gitops_ci.core.person_names import folded, mailbox
from gitops_ci.model.config import Config


def identity(person: str, config: Config) -> str:
    """Return the one name of a person, whose e-mail addresses stand under ``people``; Jenkins
    ignores case too.
    """
    return mapped_name(person, config) or mailbox(folded(person))


def identities(people: Iterable[str], config: Config) -> set[str]:
    return {identity(person, config) for person in people}


def mapped_name(person: str, config: Config) -> str | None:
    """Return the name of somebody under ``people``, None for anybody else.

    An address with a plus sign that nobody has belongs to whom it reaches without; where that are
    several, to nobody.
    """
    folded_person = folded(person)
    for name, mails in config.people.items():
        if folded_person in map(folded, (name, *mails)):
            return folded(name)
    if "@" not in folded_person:
        return None
    box = mailbox(folded_person)
    owners = [
        name
        for name, mails in config.people.items()
        if any(mailbox(folded(mail)) == box for mail in mails)
    ]
    return folded(owners[0]) if len(owners) == 1 else None
