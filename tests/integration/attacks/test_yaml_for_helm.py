"""Values files that Helm reads otherwise than they look: what counts is what it reads."""

from collections.abc import Callable

import pytest

from tests.integration.attacks.attacked import FILE, AttackedRepository

Attack = Callable[[str], str]


def shadowed(text: str) -> str:
    """Put another image before the document that stands there."""
    return f'image: {{<<: {{tag: "99"}}}}\n---\n{text}'


def in_two_documents(text: str) -> str:
    return f'image: {{tag: "99"}}\n---\n{text}'


def emptied_before(text: str) -> str:
    """Empty the tag in a first document: the chart's own image runs."""
    return f'image: {{tag: ""}}\n---\n{text}'


def behind_an_empty_document(text: str) -> str:
    return f"---\n---\n{text}"


def behind_other_values(text: str) -> str:
    return f"replicas: 1\n---\n{text}"


def behind_an_object(text: str) -> str:
    """Dress all of it as objects of Kubernetes, which stay editable elsewhere."""
    dressed = "apiVersion: v1\nkind: Values\n"
    return f"{dressed}---\n{dressed}{text}"


def merged_by_tag(text: str) -> str:
    return text.replace("  digest:", '  !!merge "<<": {tag: "99"}\n  digest:')


def merged_without_type(text: str) -> str:
    return text.replace("  digest:", "  ! '<<': {tag: \"99\"}\n  digest:")


def in_binary(text: str) -> str:
    return f'{text}!!binary aW1hZ2U=: {{tag: "99"}}\n'


def doubled_in_binary(text: str) -> str:
    return text.replace("  digest:", '  !!binary dGFn: "99"\n  digest:')


def unreadable(text: str) -> str:
    """Helm ends with an error, and what ran before goes on."""
    return f"{text}weight: .inf\n"


def hidden_from_helm_4(text: str) -> str:
    return f"{text}---\nimage:\n"


@pytest.mark.parametrize(
    ("attack", "words"),
    [
        (shadowed, "through a merge"),
        (in_two_documents, "in two documents"),
        (emptied_before, "in two documents"),
        (behind_an_empty_document, "Helm reads nothing there, not 15"),
        (behind_other_values, "Helm reads nothing there, not 15"),
        (behind_an_object, "Helm reads an object of Kubernetes there, not 15"),
        (merged_by_tag, "stands after image.tag"),
        (merged_without_type, "stands after image.tag"),
        (in_binary, "duplicate key image"),
        (doubled_in_binary, "duplicate key tag"),
        (unreadable, "Helm reads nothing (the file is an error) there, not 15"),
        (hidden_from_helm_4, "Helm reads nothing (from Helm 4 on) there, not 15"),
    ],
    ids=lambda value: getattr(value, "__name__", "words"),
)
def test_a_shape_that_hides_another_value_is_caught(
    attacked: AttackedRepository, attack: Attack, words: str
) -> None:
    attacked.is_caught(attacked.commit({FILE: attack(attacked.text())}), "hand-edit", words)


@pytest.mark.parametrize("attack", [behind_other_values, merged_by_tag])
def test_trailers_of_an_operation_do_not_cover_such_a_shape(
    attacked: AttackedRepository, attack: Attack
) -> None:
    """The commit claims an approved rollback to 15, which its file has as well."""
    before = attacked.text()
    attacked.deploy("16")
    rolled_back = attacked.roll_back()
    message = attacked.git("log", "-1", "--format=%B", rolled_back)
    parent = attacked.git("rev-parse", f"{rolled_back}~1")
    attacked.world.git("update-ref", f"refs/heads/{attacked.branch}", parent)
    attacked.fetch()
    attacked.is_caught(attacked.commit({FILE: attack(before)}, message), "forged")


@pytest.mark.parametrize(
    ("tag", "seen"),
    [("1e3", "1000"), ("0775", "509"), ("1.10", "1.1"), ("1234567", "1.234567e+06")],
)
def test_quotes_that_are_taken_away_are_caught(
    attacked: AttackedRepository, tag: str, seen: str
) -> None:
    attacked.deploy(tag)
    text = attacked.text().replace(f'"{tag}"', tag)
    words = f"Helm reads {seen} there, not {tag}"
    attacked.is_caught(attacked.commit({FILE: text}), "hand-edit", words)


def test_quotes_that_make_no_difference_are_free(attacked: AttackedRepository) -> None:
    attacked.is_taken(attacked.commit({FILE: attacked.text().replace('"15"', "15")}))


def test_more_documents_that_hide_nothing_are_free(attacked: AttackedRepository) -> None:
    attacked.is_taken(attacked.commit({FILE: f"{attacked.text()}---\nreplicas: 1\n"}))


def test_an_update_writes_a_misread_value_anew(attacked: AttackedRepository) -> None:
    """The text stays, so that nothing but quotes is written, and the audit follows it."""
    attacked.deploy("1.10", to="dev")
    bare = attacked.world.text("values-dev.yaml").replace('"1.10"', "1.10")
    attacked.world.write({"values-dev.yaml": bare})
    attacked.fetch()
    ran = attacked.world.run("promote", "shop", "--to", "stage", check=1)
    assert "values-dev.yaml, line 4: Helm reads image.tag as 1.1, not 1.10" in ran.err
    attacked.world.ok("update", "shop", "--env", "dev", "--tag", "1.10")
    assert 'tag: "1.10"' in attacked.world.text("values-dev.yaml")
    attacked.world.run("promote", "shop", "--to", "stage", check=0)
    assert [each["kind"] for each in attacked.audit()] == ["hand-edit"]
