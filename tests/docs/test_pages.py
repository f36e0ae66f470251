"""What the examples' test takes for a command, for output, and for a deviation."""

from pathlib import Path

from tests.docs.pages import Block, Command, parts
from tests.docs.workspace import missing_line

PAGE = """\
# Page

<!-- $ push-image app 15 -->

```console
$ gitops-ci promote app \\
    --to prod    # not yet, exit 3
  NO   approval
$ gitops-ci values get file.yaml key  # a comment
```

```yaml file=file.yaml
key: 1
```
"""


def test_commands_come_in_their_order_with_exit_code_and_output(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert parts(page) == [
        Command(3, "push-image app 15"),
        Command(6, "gitops-ci promote app --to prod", 3, ("  NO   approval",)),
        Command(9, "gitops-ci values get file.yaml key  # a comment"),
        Block(12, "yaml", "file=file.yaml", "key: 1\n"),
    ]


def test_shown_lines_have_to_occur_whole_and_in_their_order() -> None:
    output = "first\nsecond line\nthird\n"
    assert missing_line(("first", "third"), output) is None
    assert missing_line(("third", "first"), output) == "first"
    assert missing_line(("second",), output) == "second"


def test_dots_stand_for_anything_and_ids_are_not_compared() -> None:
    output = f"published as {'0123abcd' * 5}\nplan {'f' * 64} of sha256:{'a' * 64}\n"
    assert (
        missing_line(("published as 77aa...", f"plan {'e' * 64} of sha256:beef..."), output) is None
    )
    assert missing_line(("published ... now",), output) == "published ... now"
