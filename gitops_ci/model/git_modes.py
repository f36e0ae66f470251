"""The modes that entries of Git's trees have: gitformat-tree(5) keeps folders without a leading
0.
"""

from typing import Final

FOLDER: Final = "40000"
FILE: Final = "100644"
EXECUTABLE: Final = "100755"
SYMLINK: Final = "120000"
SUBMODULE: Final = "160000"
REGULAR: Final = (FILE, EXECUTABLE)  # what has contents of its own
