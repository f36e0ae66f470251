#!/bin/sh
# uv.sh ARGUMENTS: runs the uv that requirements/uv.txt pins, on the index that pip is set to.
# Nobody needs it to use or test the program: it writes the locks and makes the environments of the matrix. So it is kept in
# the user's cache, outside of .venv, whose pip fetches it.
set -eu
cd "$(dirname "$0")/.."
. scripts/cache.sh

pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }

fetch() {
	mkdir -p "$cache/tools"
	half_made=$(mktemp -d "$cache/tools/uv.XXXXXX")
	trap 'rm -rf "$half_made"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	pip install --quiet --require-hashes --no-deps --only-binary :all: --target "$half_made" -r requirements/uv.txt >&2
	# another checkout may have been faster
	mv -T "$half_made" "$folder" 2>/dev/null || [ -x "$folder/bin/uv" ]
}

# setting NAME: what pip is set to, by the environment, for installing or altogether
setting() {
	for section in :env: install global; do
		value=$(echo "$settings" | sed -n "s/^$section\.$1='\(.*\)'\$/\1/p")
		[ -z "$value" ] || break
	done
	echo "$value"
}

folder=$cache/tools/uv-$(cksum <requirements/uv.txt | tr ' ' -)
[ -x "$folder/bin/uv" ] || fetch

# by the environment, not as arguments: an index's address may hold a password
settings=$(pip config list)
index=$(setting index-url)
certificates=$(setting cert)
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
[ -z "$certificates" ] || export SSL_CERT_FILE="$certificates"
export UV_NO_CONFIG=1 UV_PYTHON_DOWNLOADS=never
exec "$folder/bin/uv" "$@"
