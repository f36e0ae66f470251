# shellcheck shell=sh
# Read by the other scripts (`. scripts/one_at_a_time.sh`): of two calls at once the second waits here, and then finds the work done.
if command -v flock >/dev/null 2>&1; then
	exec 9<"scripts/${0##*/}"
	flock 9
fi
