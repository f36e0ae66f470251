#!/bin/sh
# Builds yq and helm into .tools/, each only where it is missing, when there is a Go to build with.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.tools:$PATH
export PATH

yq=github.com/mikefarah/yq/v4@v4.54.2
helm=helm.sh/helm/v3/cmd/helm@v3.22.0

is_yq() { yq --version 2>/dev/null | grep -q mikefarah; } # another program has the same name
is_helm() { helm version --short 2>/dev/null | grep -q '^v[34]'; }

build() {
	if ! command -v go >/dev/null 2>&1; then
		echo "$1 is missing, and so is Go to build it with: the tests that need it are skipped" >&2
		return 0
	fi
	echo "building $2 into .tools (once; about a minute)"
	mkdir -p .tools
	# built aside and moved, so that an interrupted build leaves nothing that looks like a program
	if GOBIN=$PWD/.tools/half-made CGO_ENABLED=0 go install -trimpath -ldflags '-s -w' "$2" 2>.tools/build.log; then
		mv ".tools/half-made/$1" ".tools/$1"
	else
		tail -5 .tools/build.log >&2
		echo "$1 could not be built: the tests that need it are skipped" >&2
	fi
}

. scripts/one_at_a_time.sh
is_yq || build yq "$yq"
is_helm || build helm "$helm"
