# shellcheck shell=sh disable=SC2034
# Read by the other scripts (`. scripts/cache.sh`): $cache is where what takes long to make is kept for all checkouts of a user.
cache=${XDG_CACHE_HOME:-${HOME:-$PWD/.tools}/.cache}/gitops-ci
