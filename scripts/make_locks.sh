#!/bin/sh
# make_locks.sh [PACKAGE...]
# Writes requirements/*.txt from pyproject.toml: for every supported Python, with the hashes of every file and without the
# address of an index. Takes the newest of everything; with names, the newest of those packages and the rest as it was.
set -eu
cd "$(dirname "$0")/.."

compile() {
	name=$1
	shift
	sh scripts/uv.sh pip compile --quiet --universal --python-version "$oldest" --generate-hashes \
		--no-emit-index-url --no-emit-find-links --annotation-style line --custom-compile-command 'make lock' \
		--output-file "requirements/$name.txt" "$@"
	echo "requirements/$name.txt: $(grep -c '^[a-z]' "requirements/$name.txt") packages"
}

oldest=$(sed -n 's/^requires-python = ">=\([0-9.]*\)"$/\1/p' pyproject.toml)
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
