"""Entries of trees, as any repository may have them."""

from hypothesis import strategies as st

from gitops_ci.adapters.git.objects.trees import TreeEntry
from gitops_ci.model.git_modes import EXECUTABLE, FILE, FOLDER, SYMLINK

_letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0/")
_reserved = (".", "..", ".git")
names = st.text(_letters, min_size=1, max_size=8).filter(lambda name: name.lower() not in _reserved)
oids = st.binary(min_size=20, max_size=20).map(bytes.hex)
entries = st.builds(TreeEntry, st.sampled_from([FILE, EXECUTABLE, FOLDER, SYMLINK]), oids)
