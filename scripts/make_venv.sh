#!/bin/sh
# make_venv.sh package|dev
# Makes or mends .venv and installs the checkout into it ("dev": with what the tests need). Does nothing where that is done.
set -eu
cd "$(dirname "$0")/.."
level=$1
venv=.venv
unfinished=$venv/.unfinished

. scripts/lock.sh

# What an installation depends on.
fingerprint() {
	{ "$venv/bin/python" -VV && cat pyproject.toml; } | cksum
}

installed() {
	for stamp in "$@"; do
		[ -f "$venv/.installed-$stamp" ] && [ "$(cat "$venv/.installed-$stamp")" = "$(fingerprint)" ] && return 0
	done
	return 1
}

# Its scripts name their interpreter by full path: in a checkout that was moved it is worth nothing.
in_its_place() {
	grep -qF -e "$(pwd -P)/$venv" -e "$PWD/$venv" "$venv/bin/activate" 2>/dev/null
}

sound() {
	in_its_place && "$venv/bin/python" -c 'import sys, encodings, ssl; assert sys.version_info >= (3, 11) and sys.prefix != sys.base_prefix' 2>/dev/null &&
		"$venv/bin/python" -m pip --version >/dev/null 2>&1
}

# The standard way first; Debian splits it off Python, so the ways around that follow.
create() {
	"$python" -m venv "$venv" >/dev/null 2>&1 && return 0
	rm -rf "$venv"
	if "$python" -m pip --version >/dev/null 2>&1 && "$python" -m venv --without-pip "$venv" &&
		"$python" -m pip --python "$venv/bin/python" install --quiet --disable-pip-version-check pip; then
		return 0
	fi
	rm -rf "$venv"
	if command -v uv >/dev/null 2>&1 && uv venv --quiet --seed --python "$python" "$venv"; then
		return 0
	fi
	rm -rf "$venv"
	return 1
}

remake() {
	rm -rf "$venv"
	python=$(sh scripts/find_python.sh)
	echo "making $venv with $("$python" -V)"
	create && return 0
	version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
	if sh scripts/system_packages.sh venv "$version" && create; then
		return 0
	fi
	rm -rf "$venv"
	echo "$python can't make virtual environments. Debian, Ubuntu, as root: apt-get install python3-venv (or python$version-venv)." >&2
	exit 1
}

fill() {
	pip="$venv/bin/python -m pip --disable-pip-version-check --no-input"
	touch "$unfinished"
	# --group came with pip 25.1
	$pip install --quiet --upgrade 'pip>=25.1'
	if [ "$level" = dev ]; then
		$pip install --quiet --editable . --group dev
	else
		$pip install --quiet --editable .
	fi
	rm -f "$unfinished"
}

# An interrupted installation leaves packages that look installed and are not.
if [ -e "$unfinished" ] || ! sound; then
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
