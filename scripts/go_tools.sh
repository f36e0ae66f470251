#!/bin/sh
# Puts yq and helm into .tools/, each only where the machine has none, and the tests' own helpers: each folder of tests/go/
# (with go.mod and go.sum) becomes the program of its name. Where there is no Go to build with, it says so and goes on.
# A build is kept in the user's cache by its version, or by its sources, and linked from there: no other checkout builds it again.
set -eu
cd "$(dirname "$0")/.."
. scripts/cache.sh
. scripts/one_at_a_time.sh
go_folder=${GO_FOLDER:-/usr/local/go/bin} # where Go's own instructions put it
PATH=$PWD/.tools:$PATH:$go_folder
export PATH

half_made=
trap '[ -z "$half_made" ] || rm -rf "$half_made"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

is_yq() { yq --version 2>/dev/null | grep -q mikefarah; } # another program has the same name
is_helm() { helm version --short 2>/dev/null | grep -q '^v[34]'; }

# kept NAME VERSION: the path that such a build has, or will have
kept() { echo "$cache/tools/$1-$2/$1"; }

# A link to another version than is wanted is worth nothing; what somebody put there himself stays.
drop_old() {
	if [ -L ".tools/$1" ] && [ "$(readlink ".tools/$1")" != "$2" ]; then
		rm -f ".tools/$1"
	fi
}

# provide NAME VERSION COMMAND...: links a build from the cache; COMMAND makes it there where it is missing, given a folder
provide() {
	program=$1
	place=$(kept "$1" "$2")
	shift 2
	if [ ! -x "$place" ]; then
		if ! command -v go >/dev/null 2>&1; then
			echo "$program is missing, and so is Go to build it with: the tests that need it are skipped" >&2
			return 0
		fi
		make_aside "$@" || return 0
	fi
	mkdir -p .tools
	ln -sfn "$place" ".tools/$program"
}

# built aside and moved, so that an interrupted build leaves nothing that looks like a program
make_aside() {
	folder=$(dirname "$place")
	mkdir -p "$cache/tools"
	half_made=$(mktemp -d "$cache/tools/$program.XXXXXX")
	echo "building $program (once; kept in the cache)"
	if "$@" "$half_made" 2>"$half_made/build.log"; then
		rm -f "$half_made/build.log"
		# another checkout may have been faster
		[ -x "$place" ] || rm -rf "$folder"
		mv -T "$half_made" "$folder" 2>/dev/null || rm -rf "$half_made"
		return 0
	fi
	tail -5 "$half_made/build.log" >&2
	rm -rf "$half_made"
	echo "$program could not be built: the tests that need it are skipped" >&2
	return 1
}

from_module() { GOBIN=$2 CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "$1"; }
from_folder() { (cd "$1" && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$2/$program" .); }

checksum() {
	find "$1" -type f | LC_ALL=C sort | while read -r file; do
		echo "$file" && cat "$file"
	done | cksum | tr ' ' -
}

yq=v4.54.2
drop_old yq "$(kept yq "$yq")"
is_yq || provide yq "$yq" from_module "github.com/mikefarah/yq/v4@$yq"

helm=v3.22.0
drop_old helm "$(kept helm "$helm")"
is_helm || provide helm "$helm" from_module "helm.sh/helm/v3/cmd/helm@$helm"

for folder in tests/go/*/; do
	[ -f "$folder/go.mod" ] || continue
	name=$(basename "$folder")
	sources=$(checksum "$folder")
	drop_old "$name" "$(kept "$name" "$sources")"
	[ -x ".tools/$name" ] || provide "$name" "$sources" from_folder "$folder"
done
