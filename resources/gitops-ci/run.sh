#!/bin/sh
# Runs one command of gitops-ci on an agent, with the variables that are named in GITOPS_NAMES and
# none of those that the agent itself has. Ends with 90, having run nothing, where the program is
# missing and install.py does not lie in GITOPS_FOLDER yet.
#
#   GITOPS_COMMAND       the command: one or two words
#   GITOPS_FOLDER        a folder of this run; the file "problem" in it says why nothing was run
#   GITOPS_VERSION       the version of the program that is needed
#   GITOPS_TOOL_CARRIED  wheel.json of the library, or nothing
#   GITOPS_TOOL_SOURCE, _INDEX, _WHEELHOUSE, _HOME   what tool: says
set -eu

for name in $(env | sed -n 's/^\(GITOPS_[A-Za-z0-9_]*\)=.*/\1/p'); do
    case " GITOPS_NAMES GITOPS_COMMAND GITOPS_FOLDER GITOPS_VERSION $GITOPS_NAMES " in
    *" $name "*) ;;
    *) unset "$name" ;;
    esac
done

fail() {
    mkdir -p "$GITOPS_FOLDER"
    printf '%s\n' "$1" >"$GITOPS_FOLDER/problem"
    printf '%s\n' "$1" >&2
    exit 1
}

version_of() {
    "$1" --version 2>/dev/null | sed -n 's/^gitops-ci, version //p'
}

# -I: an agent's PYTHONHOME or PYTHONPATH would lead it, and what it starts, elsewhere.
python_of_use() {
    for each in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$each" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$each"
            return 0
        fi
    done
}

# An installation is named after what it is made of, so that no other one takes its place. A login
# is no part of that; the content of a file is.
key() {
    if [ -n "${GITOPS_TOOL_SOURCE:-}" ]; then
        printf '%s\n' "$GITOPS_TOOL_SOURCE" "${GITOPS_TOOL_INDEX:-}" "${GITOPS_TOOL_WHEELHOUSE:-}"
        [ ! -f "$GITOPS_TOOL_SOURCE" ] || sha256sum <"$GITOPS_TOOL_SOURCE"
    else
        printf '%s\n' "${GITOPS_TOOL_CARRIED:-}"
    fi | sed 's,://[^/ ]*@,://,' | sha256sum | cut -c 1-16
}

home_of_tools() {
    if [ -n "${GITOPS_TOOL_HOME:-}" ]; then
        case $GITOPS_TOOL_HOME in
        /*) echo "$GITOPS_TOOL_HOME" ;;
        *) echo "$PWD/$GITOPS_TOOL_HOME" ;;
        esac
    elif [ -n "${XDG_CACHE_HOME:-}" ]; then
        echo "$XDG_CACHE_HOME/gitops-ci"
    elif [ -n "${HOME:-}" ]; then
        echo "$HOME/.cache/gitops-ci"
    fi
}

install() {
    python=$(python_of_use)
    [ -n "$python" ] || fail "gitops-ci $GITOPS_VERSION is not on PATH${found:+ ($found is)}, and \
there is no Python 3.11 or newer to install it with"
    [ -e "$GITOPS_FOLDER/install.py" ] || exit 90
    GITOPS_TOOL_FOUND=$found "$python" -E -s "$GITOPS_FOLDER/install.py" "$place" >&2 || exit $?
}

# The program on PATH in this version, else the installation of this key; both without a network.
found=
[ -n "${GITOPS_TOOL_SOURCE:-}" ] || found=$(version_of gitops-ci)
if [ -n "$found" ] && [ "$found" = "$GITOPS_VERSION" ]; then
    set -- gitops-ci
else
    home=$(home_of_tools)
    [ -n "$home" ] || fail "gitops-ci $GITOPS_VERSION is not on PATH, and HOME is not set: give \
tool: [home: ...] with a folder to install it into"
    key=$(key)
    [ -n "$key" ] || fail "sha256sum is missing on this agent: install coreutils"
    place=$home/$GITOPS_VERSION-$key
    # what stands there is complete; its Python may have been taken away since
    if [ ! -e "$place/bin/gitops-ci" ] || [ ! -x "$place/bin/python" ]; then
        install
    fi
    set -- "$place/bin/python" -I "$place/bin/gitops-ci"
fi
unset GITOPS_TOOL_SOURCE GITOPS_TOOL_INDEX GITOPS_TOOL_WHEELHOUSE GITOPS_TOOL_HOME GITOPS_TOOL_CARRIED

mkdir -p "$GITOPS_FOLDER"
if [ -n "${GITOPS_SSH_KEY:-}" ]; then
    # shellcheck disable=SC2016,SC2089 # git's shell expands it
    GIT_SSH_COMMAND='ssh -i "$GITOPS_SSH_KEY" -o IdentitiesOnly=yes -o BatchMode=yes'
    # shellcheck disable=SC2090
    export GIT_SSH_COMMAND
fi
# shellcheck disable=SC2086 # one or two words
set -- "$@" $GITOPS_COMMAND
[ -n "${GITOPS_SSH_PASSPHRASE:-}" ] || exec "$@"

# An agent of ssh for this command alone knows the key. It asks for the passphrase by a program that
# has it from its environment, and answers once: ssh-add would ask for ever.
cat >"$GITOPS_FOLDER/askpass" <<'END'
#!/bin/sh
rm -f "$0"
printf '%s\n' "$GITOPS_SSH_PASSPHRASE"
END
chmod 700 "$GITOPS_FOLDER/askpass"
SSH_ASKPASS="$GITOPS_FOLDER/askpass" SSH_ASKPASS_REQUIRE=force DISPLAY=${DISPLAY:-:0}
export SSH_ASKPASS SSH_ASKPASS_REQUIRE DISPLAY
# shellcheck disable=SC2016 # expanded by the inner shell
exec ssh-agent sh -c '
if ! ssh-add -q "$GITOPS_SSH_KEY" </dev/null; then
    echo "the SSH key of gitCredentials was not opened by its passphrase" >"$GITOPS_FOLDER/problem"
    exit 1
fi
unset GITOPS_SSH_PASSPHRASE SSH_ASKPASS SSH_ASKPASS_REQUIRE
exec "$0" "$@"' "$@"
