#!/bin/sh
# make_locks.sh [NAME...]
# Writes requirements/*.txt from pyproject.toml: for every supported Python, with the hashes of every file and without the
# address of an index. Takes the newest of everything; with names, the newest of those packages and the rest as it was.
set -eu
cd "$(dirname "$0")/.."

# pip's own settings say where packages come from, for uv too.
setting() {
	for section in :env: install global; do
		.venv/bin/python -m pip config get "$section.$1" 2>/dev/null && return 0
	done
	return 0
}

compile() {
	name=$1
	shift
	"$uv" --no-config pip compile --quiet --universal --python-version "$oldest" --generate-hashes \
		--no-emit-index-url --no-emit-find-links --annotation-style line --custom-compile-command 'make lock' \
		--output-file "requirements/$name.txt" "$@"
	echo "requirements/$name.txt: $(grep -c '^[a-z]' "requirements/$name.txt") packages"
}

uv=$(sh scripts/get_uv.sh)
oldest=$(sed -n 's/^requires-python = ">=\([0-9.]*\)"$/\1/p' pyproject.toml)
index=$(setting index-url)
certificates=$(setting cert)
# an address may hold a password: by the environment, not as an argument
[ -z "$index" ] || export UV_DEFAULT_INDEX="$index"
[ -z "$certificates" ] || export SSL_CERT_FILE="$certificates"

if [ $# = 0 ]; then
	set -- --upgrade
else
	for package in "$@"; do
		set -- "$@" --upgrade-package "$package"
		shift
	done
fi
compile dev "$@" pyproject.toml --group dev
# parts of the same choice: what is tested is what is installed
compile package --constraint requirements/dev.txt --upgrade pyproject.toml
compile build --constraint requirements/dev.txt --upgrade --group build
compile uv "$@" --group lock
