"""How plans are called: what a hash is made of, which forms are read, and what fits."""

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gitops_ci.base import canonical
from gitops_ci.core import plan_id
from gitops_ci.core.config import reader, schema
from gitops_ci.core.config.parts import ConfigPart
from gitops_ci.core.gates.freeze import FreezePart
from gitops_ci.model.key_path import parse_key_path
from gitops_ci.model.operation import PROMOTE, Change, Edit, Record
from gitops_ci.model.release import Image, Release

CONFIG = """\
version: 1
apps: {shop: {images: [{repository: r.example.com/shop, tag: image.tag}]}}
environments:
  stage: {%s}
"""
HEX = "ab" * 32
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def change(policy: str = "", **changes: Any) -> Change:
    """Return one application's move."""
    read = reader.read((CONFIG % policy).encode())
    before, after = (Release((Image("r.example.com/shop", tag),)) for tag in ("14", "15"))
    edit = Edit("main", "values-stage.yaml", parse_key_path("image.tag"), "14", "15")
    made = Change(
        read.apps["shop"],
        read.environments["stage"],
        "main",
        edit.file,
        before,
        after,
        (edit,),
        None,
    )
    return replace(made, **changes)


def record(plan: str | None, tag: str = "14") -> Record:
    return Record(
        "c" * 40,
        "d" * 40,
        0,
        PROMOTE,
        "shop",
        "stage",
        Release((Image("r.example.com/shop", tag),)),
        plan=plan,
    )


def name(one: Change, operation: str = PROMOTE, overrides: tuple[str, ...] = ()) -> str:
    return plan_id.identity(operation, overrides, one.environment, [one])


@given(st.dictionaries(st.text(), DOCUMENTS), st.sets(st.text()))
def test_a_key_that_nobody_sets_changes_no_hash(document: dict[str, Any], later: set[str]) -> None:
    wider = {**dict.fromkeys(later), **document}
    assert canonical.digest(wider) == canonical.digest(document)


def optional(part: type[ConfigPart]) -> list[str]:
    """Return the keys of a mapping of gitops.yaml that may be null."""
    fields = msgspec.structs.fields(part)
    return [each.encode_name for each in fields if type(None) in get_args(each.type)]


def test_what_is_null_in_the_rules_is_as_what_is_not_there() -> None:
    """Each key of today stands for one that a later version adds."""
    plain = change(
        "approval: {approvers: [alice]}, freeze: [{from: Fri 16:00, to: Mon 08:00}], "
        "argocd: {required: true}"
    )
    inner: dict[str, type[ConfigPart]] = {
        "approval": schema.ApprovalPart,
        "freeze": FreezePart,
        "argocd": schema.EnvironmentArgocdPart,
    }
    given = {"approvers", "approval", "freeze", "argocd"}
    nulls = {
        key: ", ".join(f"{each}: null" for each in optional(part) if each not in given)
        for key, part in inner.items()
    }
    policy = (
        f"approval: {{approvers: [alice]{nulls['approval'] and ', '}{nulls['approval']}}}, "
        f"freeze: [{{from: Fri 16:00, to: Mon 08:00, {nulls['freeze']}}}], argocd: "
        f"{{required: true, {nulls['argocd']}}}, "
        + ", ".join(
            f"{each}: null" for each in optional(schema.EnvironmentPart) if each not in given
        )
    )
    wider = change(policy)
    assert wider.environment.first_policy != plain.environment.first_policy
    assert wider.environment.policy == plain.environment.policy
    assert name(wider) == name(plain)


def parts(base: type[ConfigPart] = ConfigPart) -> list[type[ConfigPart]]:
    """Return all mappings of gitops.yaml."""
    return [each for part in base.__subclasses__() for each in (part, *parts(part))]


@pytest.mark.parametrize("part", parts(), ids=lambda part: part.__name__)
def test_a_key_that_may_be_null_is_null_where_nobody_sets_it(part: type[ConfigPart]) -> None:
    """Else null would mean something, and leaving it out of the hash would let one id stand for two
    rules.
    """
    fields = {each.encode_name: each.default for each in msgspec.structs.fields(part)}
    assert {fields[each] for each in optional(part)} <= {None}


def test_whatever_decides_is_part_of_the_hash() -> None:
    one = change()
    (edit,) = one.edits
    others = [
        change("approval: {}"),
        change("approval: {approvers: []}"),
        change("render: false"),
        change(branch="release"),
        change(prior=plan_id.NOBODY),
        change(prior=f"2:{HEX}"),
        change(prior=f"none since 2:{HEX}"),
        change(edits=(replace(edit, before=None),)),
        change(edits=(replace(edit, before=""),)),
        change(edits=(replace(edit, after="16"),)),
        change(after=Release((Image("r.example.com/shop", "15", "sha256:" + "a" * 64),))),
        change(after=Release((Image("", "15"),))),
    ]
    names = [name(one), *map(name, others), name(one, "rollback"), name(one, overrides=("order",))]
    assert len(set(names)) == len(names)
    assert name(one, overrides=("a", "b")) == name(one, overrides=("b", "a", "b"))


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (HEX, 1),
        (f"1:{HEX}", 1),
        (f"2:{HEX}", 2),
        (f" 2:{HEX.upper()}\n", 2),
        (f"3:{HEX}", 3),
        (None, None),
        ("", None),
        ("2:", None),
        ("2:zz", None),
        (f"2:2:{HEX}", None),
        (f"-2:{HEX}", None),
        (f"99999:{HEX}", None),
    ],
)
def test_ids_are_read_in_every_form(text: str | None, form: int | None) -> None:
    found = plan_id.read(text)
    assert (found.form if found else None) == form
    assert plan_id.bare(text) == (HEX if form else text)


def test_an_approval_names_the_hash_or_what_is_recorded() -> None:
    for text in (HEX, HEX.upper(), f"2:{HEX}", f"  2:{HEX.upper()} "):
        assert plan_id.approves(text, HEX)
    for text in (f"1:{HEX}", f"3:{HEX}", HEX[:12], "", "cd" * 32):
        assert not plan_id.approves(text, HEX)


def test_the_record_before_is_named_and_whether_it_still_stands() -> None:
    stands, drifted = (Release((Image("r.example.com/shop", tag),)) for tag in ("14", "13"))
    assert plan_id.prior_of(None, stands) == "none"
    assert plan_id.prior_of(record(HEX), stands) == f"1:{HEX}"
    assert plan_id.prior_of(record(f"2:{HEX}"), stands) == f"2:{HEX}"
    assert plan_id.prior_of(record(f"2:{HEX}"), drifted) == f"none since 2:{HEX}"


def test_a_record_fits_in_its_own_form_alone() -> None:
    one = change("approval: {}", prior=f"2:{HEX}")
    environment = one.environment
    first = plan_id.first_identity(PROMOTE, (), environment, [one])
    for text, fits in (
        (first, True),
        (f"1:{first}", True),
        (f"2:{first}", False),
        (name(one), False),
    ):
        assert plan_id.fits(record(text), environment, [one]) is fits
    assert plan_id.fits(record(f"2:{name(one)}"), environment, [one])
    assert not plan_id.fits(record(f"3:{name(one)}"), environment, [one])
    assert not plan_id.fits(record(f"2:{name(one)}"), environment, [replace(one, prior="none")])
    assert not plan_id.fits(record(None), environment, [one])


def test_without_approvers_a_record_may_know_nothing_of_the_one_before() -> None:
    for policy, fits in (("", True), ("approval: {}", False)):
        one = change(policy, prior=f"2:{HEX}")
        alone = name(replace(one, prior=None))
        assert plan_id.fits(record(f"2:{alone}"), one.environment, [one]) is fits


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4))
def test_who_goes_back_behind_one_record_goes_back_behind_every_newer_one(
    form: int, old: int, new: int
) -> None:
    behind = {each: record(f"{each}:{'a' * 64}") for each in (form, old, new)}
    assert not plan_id.goes_back(form, behind[form])
    if old <= new and plan_id.goes_back(form, behind[old]):
        assert plan_id.goes_back(form, behind[new])
        assert not plan_id.goes_back(old, behind[form])


@given(st.none() | st.integers(1, 4), st.sampled_from([None, "", "no id"]))
def test_nobody_goes_back_where_no_form_is_known(form: int | None, plan: str | None) -> None:
    assert not plan_id.goes_back(form, record(plan))
    assert not plan_id.goes_back(form, None)
    assert not plan_id.goes_back(None, record("2:" + "a" * 64))
