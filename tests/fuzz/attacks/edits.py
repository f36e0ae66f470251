"""Another value in a values file, or what Helm takes for one."""

from tests.fuzz import values
from tests.fuzz.attacks.target import Attack, Make, Pushed, Target

_EVIL = '{tag: "99"}'
_LARGE = 5_000_000  # bytes


def _hand_edit(target: Target) -> Pushed:
    return target.push(target.commit({target.file: target.evil}))


def _in_two_steps(target: Target) -> Pushed:
    first = target.commit({target.file: target.evil.replace(b'"99"', b'"98"')})
    return target.push(target.commit({target.file: target.evil}, first))


def _digest(target: Target) -> Pushed | None:
    digest = target.history.registry.digest(target.place[0], "99")
    changed = values.with_digest(target.text, digest)
    return None if changed == target.text else _written(target, changed)


def _repository(target: Target) -> Pushed:
    beside = 'image:\n  repository: "evil.example.com/it"'
    lines = [each for each in target.text.split("\n") if "  repository:" not in each]
    return _written(target, "\n".join(lines).replace("image:", beside))


def _written(target: Target, text: str) -> Pushed:
    return target.push(target.commit({target.file: text.encode()}))


def _before(words: str) -> Make:
    return lambda target: _written(target, words + target.text)


def _too_large(target: Target) -> Pushed:
    return target.push(target.commit({target.file: target.evil + b"#" * _LARGE}))


def _no_text(target: Target) -> Pushed:
    return target.push(target.commit({target.file: target.evil + b"# \xff\n"}))


def _backdated(target: Target) -> Pushed:
    return target.push(target.commit({target.file: target.evil}, when=1_000_000_000))


def _of_the_future(target: Target) -> Pushed:
    return target.push(target.commit({target.file: target.evil}, when=4_070_908_800))


# what can't be written again by an operation before somebody mended the file
_STUCK = {
    "a document before": _before(f"image: {_EVIL}\n---\n"),
    "a key twice": lambda target: _written(target, f"{target.text}image: {_EVIL}\n"),
    "a file that is too large": _too_large,
    "a file that is no text": _no_text,
    "another repository": _repository,
}
EDITS = {
    "a hand edit": Attack(_hand_edit, plain=True),
    "a hand edit in two commits": Attack(_in_two_steps, plain=True),
    "a backdated edit": Attack(_backdated, plain=True),
    "an edit of the future": Attack(_of_the_future, plain=True),
    "another digest": Attack(_digest),
    **{name: Attack(make, lasting=False) for name, make in _STUCK.items()},
}
