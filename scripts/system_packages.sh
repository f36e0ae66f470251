#!/bin/sh
# system_packages.sh tests | system_packages.sh venv VERSION
# On Debian and Ubuntu, as root: names the missing packages and installs them, without a service being started or enabled.
# NO_SYSTEM_PACKAGES=1 leaves the machine alone. For "tests" a missing package is no failure: the tests that need it are skipped.
set -eu
cd "$(dirname "$0")/.."
. scripts/one_at_a_time.sh

# program and the package that has it
parts='buildah buildah
podman podman
skopeo skopeo
docker-registry docker-registry
nginx nginx
fcgiwrap fcgiwrap
sshd openssh-server
ssh openssh-client
openssl openssl
java default-jdk-headless
mvn maven
chromium chromium
chromedriver chromium-driver
git git
gpg gnupg'

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # where the programs of services lie
export PATH DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d

has() { command -v "$1" >/dev/null 2>&1; }

missing_for_tests() {
	echo "$parts" | while read -r program package; do
		has "$program" || echo "$package"
	done
	has dockerd || missing_docker
}

# Docker's own packages and Debian's shut each other out.
missing_docker() {
	for package in docker-ce docker-ce-cli containerd.io moby-engine; do
		if dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii'; then
			echo "docker.io is left out: it excludes $package, which is installed" >&2
			return 0
		fi
	done
	echo docker.io
	has docker || echo docker-cli # a package of its own in newer releases
}

known_to_apt() {
	for package in "$@"; do
		if apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [^(]'; then
			echo "$package"
		fi
	done
}

give_up() {
	[ "$purpose" = tests ] || exit 1 # the caller says what it needs
	echo "$1. Not installed: $wanted" >&2
	echo "The tests that need them are skipped." >&2
	exit 0
}

install() {
	# --no-remove: never at the price of something that the user has
	apt-get install --yes -qq --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" \
		</dev/null >"$log" 2>&1 && return 0
	tail -5 "$log" >&2
	return 1
}

# policy-rc.d is how Debian's packages are told not to start what they bring.
forbid_starts() {
	[ ! -e "$policy" ] || return 0
	made="$made $policy"
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
}

enabled_units() { find /etc/systemd/system -type l 2>/dev/null | sed 's|.*/||' | sort -u; }

# A package also enables its services for the next start of the machine.
disable_new_units() {
	has systemctl || return 0
	enabled_units | while read -r unit; do
		echo "$1" | grep -qxF "$unit" || systemctl disable --quiet "$unit" >/dev/null 2>&1 || true
	done
}

purpose=$1
case $purpose in
tests) wanted=$(missing_for_tests | tr '\n' ' ') ;;
venv) wanted="python3-venv python$2-venv" ;;
esac
[ -n "$wanted" ] || exit 0

[ "${NO_SYSTEM_PACKAGES:-}" != 1 ] || give_up "NO_SYSTEM_PACKAGES=1"
{ has apt-get && has dpkg-query; } || give_up "This is neither Debian nor Ubuntu"
[ "$(id -u)" = 0 ] || give_up "Only root can install packages (sudo apt-get install --no-install-recommends $wanted)"

log=$(mktemp)
made=$log
# shellcheck disable=SC2086 # a list of files
trap 'rm -f $made' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

apt-get update -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 </dev/null >"$log" 2>&1 ||
	echo "apt-get update failed ($(tail -1 "$log")); going on with the lists that are there" >&2
# shellcheck disable=SC2046,SC2086 # lists of words
set -- $(known_to_apt $wanted)
[ $# -gt 0 ] || give_up "No package source has what is missing"

echo "Installing packages, none of whose services is started (NO_SYSTEM_PACKAGES=1 leaves the machine alone): $*"
before=$(enabled_units)
forbid_starts
if ! install "$@"; then
	echo "Not all of them can be installed together: one by one" >&2
	for package in "$@"; do
		install "$package" || echo "$package could not be installed" >&2
	done
fi
disable_new_units "$before"
