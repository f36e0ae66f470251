#!/bin/sh
# Leads .tools/maven, Maven's repository for the tests, to the user's cache: what one checkout fetched, all others have.
set -eu
cd "$(dirname "$0")/.."
. scripts/cache.sh
. scripts/one_at_a_time.sh

if [ ! -d .tools/maven ]; then
	mkdir -p .tools "$cache/maven"
	ln -sfn "$cache/maven" .tools/maven
fi
