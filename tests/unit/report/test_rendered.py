"""The difference of manifests is shown object by object, and no value of a Secret is in it."""

import pytest

from gitops_ci.model.operation import Rendering
from gitops_ci.model.release import Known, Rendered, Unknown
from gitops_ci.report.formats.manifests import difference

SECRET = (
    "---\n# Source: shop/templates/secret.yaml\napiVersion: v1\nkind: Secret\nmetadata:\n  "
    "name: login\n"
)


def shown(before: str, after: str) -> str:
    made = Rendering("shop", "prod", Rendered(Known(None), after), Rendered(Known(None), before))
    return difference([made])


def config(name: str, value: str) -> str:
    return f"---\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  a: {value}\n"


def test_only_objects_that_differ_are_shown_each_under_its_name() -> None:
    text = shown(config("one", "1") + config("two", "1"), config("one", "1") + config("two", "2"))
    assert text == (
        "--- a/shop/prod/ConfigMap/two\n+++ b/shop/prod/ConfigMap/two\n@@ -2,4 +2,4 @@\n "
        "metadata:\n   name: two\n data:\n"
        "-  a: 1\n+  a: 2\n"
    )


def test_an_object_that_comes_or_goes_is_shown_whole() -> None:
    text = shown(config("one", "1"), config("two", "1"))
    assert "-  name: one\n" in text
    assert "+  name: two\n" in text


def test_the_same_in_another_order_is_no_difference() -> None:
    assert (
        shown(config("one", "1") + config("two", "2"), config("two", "2") + config("one", "1"))
        == ""
    )


@pytest.mark.parametrize(
    "after",
    [
        SECRET + "data:\n  password: bmV3c2VjcmV0\n",
        SECRET + "stringData: {password: newsecret}\n",
        SECRET + "stringData:\n  password: |\n    newsecret\n    ---more\n",
        SECRET.replace("kind: Secret", 'kind: "Secret"') + "data: {password: newsecret}\n",
        SECRET.replace("kind: Secret", "kind: !!str Secret") + "data: {password: newsecret}\n",
        SECRET + "data: newsecret\n",
        SECRET + "data: [newsecret]\n",
        '---\n{"kind": "Secret", "stringData": {"password": "newsecret"}}\n',
        "---\nkind: List\nitems:\n- kind: Secret\n  stringData: {password: newsecret}\n- "
        "{kind: ConfigMap}\n",
        "---\nkind: SecretList\nitems:\n- stringData: {password: newsecret}\n",
        "---\nkind: Secret\nstringData: {password: newsecret\n",
        "---\nkind: Secret # newsecret\nstringData: {password: newsecret} # newsecret\n",
        SECRET.replace(
            "  name: login",
            "  annotations: {kubectl.kubernetes.io/last-applied-configuration: newsecret}\n "
            " name: login",
        ),
        SECRET.replace("\n", "\r\n") + "stringData:\r\n  password: newsecret\r\n",
    ],
)
def test_no_value_of_a_secret_is_shown(after: str) -> None:
    before = SECRET + "data:\n  password: b2xkc2VjcmV0\n"
    for text in (shown(before, after), shown(after, before), shown("", after), shown(after, "")):
        assert text
        assert "newsecret" not in text
        assert "bmV3c2VjcmV0" not in text
        assert "b2xkc2VjcmV0" not in text


def test_values_of_secrets_that_change_are_marked_and_others_not() -> None:
    before, after = (
        SECRET + "data: {a: b25l, b: c2FtZQ==}\n",
        SECRET + "data: {a: dHdv, b: c2FtZQ==, c: bmV3}\n",
    )
    text = shown(before, after)
    assert "-  a: (hidden)\n+  a: (hidden, changed)\n" in text
    assert "   b: (hidden)\n" in text
    assert "+  c: (hidden)\n" in text


def test_what_helm_could_not_render_has_no_difference() -> None:
    good = Rendered(Known(None), config("one", "1"))
    for other in (Rendered(Known("an error")), Rendered(Unknown("no helm", transient=False))):
        assert (
            difference(
                [Rendering("shop", "prod", good, other), Rendering("shop", "prod", other, good)]
            )
            == ""
        )


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\nkind: Secret\n",
        "kind: Secret\ndata: " + "[" * 5_000 + "]" * 5_000 + "\n",
        "kind: Secret\n"
        + "a0: &a0 [x, x]\n"
        + "".join(f"a{each}: &a{each} [*a{each - 1}, *a{each - 1}]\n" for each in range(1, 60))
        + "data: {a: *a59}\n",
        "- 1\n- 2\n",
        "just words\n",
        "\x00",
        "kind: [Secret]\nmetadata: 1\n",
        "? {a: b}\n: c\n",
    ],
)
def test_hostile_manifests_are_shown_or_hidden_and_stop_nothing(text: str) -> None:
    assert shown(config("one", "1"), f"---\n{text}")


def test_a_huge_object_is_not_compared_line_by_line() -> None:
    assert "too large to be compared" in shown(config("one", "1"), config("one", "x" * 600_000))
