"""An exception with all that it wraps."""


def causes(error: BaseException | None) -> list[BaseException]:
    """Return an exception with all that it wraps: requests and urllib3 keep the cause in different places."""
    found: list[BaseException] = []
    rest: list[object] = [error]
    while rest and len(found) < 20:
        item = rest.pop()
        if isinstance(item, BaseException) and item not in found:
            found.append(item)
            rest += [item.__cause__, item.__context__, getattr(item, "reason", None), *item.args]
    return found
