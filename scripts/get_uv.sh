#!/bin/sh
# Prints the path of the uv that requirements/uv.txt pins. Nobody needs it to use or test the program: it writes the locks and
# makes the environments of the matrix, so it is kept outside of .venv. Needs .venv for its pip.
set -eu
cd "$(dirname "$0")/.."
. scripts/cache.sh

folder=$cache/tools/uv-$(cksum <requirements/uv.txt | tr ' ' -)
if [ ! -x "$folder/bin/uv" ]; then
	mkdir -p "$cache/tools"
	half_made=$(mktemp -d "$cache/tools/uv.XXXXXX")
	trap 'rm -rf "$half_made"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	.venv/bin/python -m pip --disable-pip-version-check --no-input install --quiet \
		--require-hashes --no-deps --only-binary :all: --target "$half_made" -r requirements/uv.txt >&2
	# another checkout may have been faster
	mv -T "$half_made" "$folder" 2>/dev/null || [ -x "$folder/bin/uv" ]
fi
echo "$folder/bin/uv"
