#!/bin/sh
# Prints the path of a Python of at least 3.11 that is not the one of our own .venv; says what to install where there is none.
set -eu

# _base_executable: what is active may be a virtual environment, even the one that is about to be remade
probe='import sys; assert sys.version_info >= (3, 11); print(getattr(sys, "_base_executable", None) or sys.executable)'

for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11 python; do
	if found=$("$name" -c "$probe" 2>/dev/null) && [ -x "$found" ]; then
		echo "$found"
		exit 0
	fi
done
if command -v uv >/dev/null 2>&1 && found=$(uv python find --no-project '>=3.11' 2>/dev/null); then
	echo "$found"
	exit 0
fi
cat >&2 <<-END
	No Python 3.11 or newer was found (tried python3, python3.14 ... python3.11, python).
	Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 ...
END
exit 1
