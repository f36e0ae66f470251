"""The table of applications and environments."""

from gitops_ci.model.release import Image, Release
from gitops_ci.report.formats.matrix import MatrixCell, table

DIGEST = "sha256:" + "0123456789abcdef" * 4


def release(*images: tuple[str, str | None]) -> Release:
    return Release(
        tuple(
            Image(f"registry.example.com/app{number}", tag, digest)
            for number, (tag, digest) in enumerate(images)
        )
    )


def test_one_application_is_a_block_with_a_column_for_each_environment() -> None:
    cells = [
        MatrixCell("shop", "dev", release(("16", DIGEST)), "a" * 40),
        MatrixCell("shop", "stage", release(("15", DIGEST)), "b" * 40),
        MatrixCell("shop", "prod", release(("9", DIGEST)), "c" * 40),
    ]
    assert table(cells) == (
        "shop    dev           stage         prod\n"
        "tag     16            15            9\n"
        "digest  0123456789ab  0123456789ab  0123456789ab\n"
        "commit  aaaaaaa       bbbbbbb       ccccccc\n"
    )


def test_what_is_not_known_is_a_dash() -> None:
    cells = [
        MatrixCell("shop", "dev", release(("", None)), None),
        MatrixCell("shop", "prod", None),
        MatrixCell("cart", "dev", release(("7", None)), "a" * 40),
    ]
    assert table(cells) == (
        "shop    dev      prod\n"
        "tag     -        -\n"
        "digest  -        -\n"
        "commit  -        -\n"
        "\n"
        "cart    dev      prod\n"
        "tag     7        -\n"
        "digest  -        -\n"
        "commit  aaaaaaa  -\n"
    )


def test_several_images_stand_in_one_field() -> None:
    assert table([MatrixCell("shop", "dev", release(("1", DIGEST), ("2", None)), None)]) == (
        "shop    dev\ntag     app0:1, app1:2\ndigest  0123456789ab, -\ncommit  -\n"
    )


def test_nothing_is_an_empty_table() -> None:
    assert table([]) == ""
