#!/bin/sh
# make_venv.sh package|dev
# Makes or mends .venv and installs the checkout into it ("dev": with what the tests need). Does nothing where that is done.
# Everything comes from requirements/ with its hash; what is built is built with what stands there too, so nothing else is
# fetched. Also pip is the one of requirements/build.txt: the one that a Python brings may be years old.
set -eu
cd "$(dirname "$0")/.."
level=$1
venv=.venv
unfinished=$venv/.unfinished

. scripts/one_at_a_time.sh

# Prints the version of a sound environment; its own pip has to be there.
version() {
	"$venv/bin/python" -c '
import encodings, ssl, sys
import pip
assert sys.version_info >= (3, 11) and sys.prefix != sys.base_prefix
print(sys.version)' 2>/dev/null
}

# What an installation depends on.
fingerprint() {
	{ version && cat pyproject.toml requirements/build.txt requirements/package.txt requirements/dev.txt; } | cksum
}

installed() {
	wanted=$(fingerprint)
	for stamp in "$@"; do
		[ -f "$venv/.installed-$stamp" ] && [ "$(cat "$venv/.installed-$stamp")" = "$wanted" ] && return 0
	done
	return 1
}

# Its scripts name their interpreter by full path: in a checkout that was moved it is worth nothing.
in_its_place() {
	grep -qF -e "$(pwd -P)/$venv" -e "$PWD/$venv" "$venv/bin/activate" 2>/dev/null
}

# The standard way first; Debian splits it off Python, so the ways around that follow. Leaves in $first_pip whose pip fills it.
create() {
	first_pip=own
	"$python" -m venv "$venv" >/dev/null 2>&1 && return 0
	rm -rf "$venv"
	first_pip=of_python
	"$python" -m pip --version >/dev/null 2>&1 && "$python" -m venv --without-pip "$venv" >/dev/null 2>&1 && return 0
	rm -rf "$venv"
	first_pip=uv
	command -v uv >/dev/null 2>&1 && uv venv --quiet --python "$python" "$venv" && return 0
	rm -rf "$venv"
	return 1
}

remake() {
	rm -rf "$venv"
	python=$(sh scripts/find_python.sh)
	echo "making $venv with $("$python" -V)"
	create && return 0
	release=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	if sh scripts/system_packages.sh venv "$release" && create; then
		return 0
	fi
	rm -rf "$venv"
	echo "$python can't make virtual environments. Debian, Ubuntu, as root: apt-get install python3-venv (or python$release-venv)." >&2
	exit 1
}

pip_install() {
	"$venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet --no-deps "$@"
}

install_build() {
	set -- --require-hashes -r requirements/build.txt
	case $first_pip in
	own) pip_install "$@" ;;
	of_python) "$python" -m pip --disable-pip-version-check --no-input --python "$venv/bin/python" install --quiet "$@" ;;
	uv) uv pip install --quiet --python "$venv/bin/python" "$@" ;;
	esac
}

fill() {
	touch "$unfinished"
	install_build
	pip_install --require-hashes --no-build-isolation -r "requirements/$level.txt"
	pip_install --no-build-isolation --editable .
	rm -f "$unfinished"
}

first_pip=own
# An interrupted installation leaves packages that look installed and are not.
if [ -e "$unfinished" ] || ! in_its_place || ! version >/dev/null; then
	remake
elif [ "$level" = dev ]; then
	! installed dev || exit 0
else
	! installed package dev || exit 0 # whoever has all of "dev" has the package too
fi
rm -f "$venv"/.installed-*
echo "installing the package into $venv$([ "$level" = package ] || echo ', with what its tests need')"
fill
fingerprint >"$venv/.installed-$level"
