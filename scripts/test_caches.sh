#!/bin/sh
# Leads folders of .tools/ to the user's cache, so that what one checkout fetched or made all others have: Maven's repository,
# what is compiled and reported of the Groovy (each under a name that its contents give), and the wheels of the locks.
set -eu
cd "$(dirname "$0")/.."
. scripts/cache.sh
. scripts/one_at_a_time.sh

for name in maven groovy wheels; do
	if [ ! -d ".tools/$name" ]; then
		mkdir -p .tools "$cache/$name"
		ln -sfn "$cache/$name" ".tools/$name"
	fi
done
# what no test has used for a month
for folder in "$cache/groovy" "$cache/wheels"; do
	[ ! -d "$folder" ] || find "$folder" -mindepth 1 -maxdepth 1 ! -name '*.lock' -atime +30 -exec rm -rf {} +
done
