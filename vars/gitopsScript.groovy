/** What gitopsCli runs on an agent: a constant, so that nothing that a job says becomes shell code. */
String call() {
    return '''#!/bin/sh
# Runs gitops-ci with the variables that are named, and none of those that the agent itself has.
set -eu
for name in $(env | sed -n 's/^\\(GITOPS_[A-Za-z0-9_]*\\)=.*/\\1/p'); do
    case " GITOPS_NAMES GITOPS_COMMAND GITOPS_FOLDER GITOPS_VERSION $GITOPS_NAMES " in
        *" $name "*) ;;
        *) unset "$name" ;;
    esac
done

version_of() {
    "$1" --version 2>/dev/null | sed -n 's/^gitops-ci, version //p'
}

python_of_use() {
    for each in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$each"
            return 0
        fi
    done
    echo "gitops-ci $GITOPS_VERSION is not on PATH${found:+ ($found is)}, and there is no Python 3.11 or newer to install it with" >&2
    return 1
}

# The tool on PATH in this library's version, else that version in a virtual environment, made once per agent and version.
place=${GITOPS_TOOL_HOME:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gitops-ci}/$GITOPS_VERSION
found=$(version_of gitops-ci)
if [ -z "${GITOPS_TOOL_SOURCE:-}" ] && [ "$found" = "$GITOPS_VERSION" ]; then
    tool=gitops-ci
elif [ "$(cat "$place/complete" 2>/dev/null)" = "${GITOPS_TOOL_SOURCE:-gitops-ci==$GITOPS_VERSION}" ]; then
    tool=$place/bin/gitops-ci
else
    python=$(python_of_use)
    GITOPS_TOOL_PLACE=$place GITOPS_TOOL_FOUND=$found "$python" - >&2 <<'END' || exit 1
import fcntl, os, shutil, signal, subprocess, sys

place, version = os.environ["GITOPS_TOOL_PLACE"], os.environ["GITOPS_VERSION"]
source = os.environ.get("GITOPS_TOOL_SOURCE") or f"gitops-ci=={version}"
complete = os.path.join(place, "complete")
ways = "put it on the agents' PATH, or give tool: [index: ...], tool: [source: ...], or tool: [home: ...] with a folder to write to"


def run(*words, **options):
    return subprocess.run(words, stdout=sys.stderr, timeout=600, check=True, **options)


def installed():
    try:
        with open(complete, encoding="utf-8") as marker:
            return marker.read() == source
    except OSError:
        return False


def install():
    shutil.rmtree(place, ignore_errors=True)
    print(f"installing {source.rpartition('@')[2]} into {place}", flush=True)
    run(sys.executable, "-m", "venv", place)
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1")
    if os.environ.get("GITOPS_TOOL_INDEX"):
        environment["PIP_INDEX_URL"] = os.environ["GITOPS_TOOL_INDEX"]
    # by way of stdin: an address may hold a password, which has no place among the arguments of a process
    pip = [os.path.join(place, "bin", "python"), "-m", "pip", "install", "--quiet", "--requirement", "/dev/stdin"]
    run(*pip, env=environment, input=source.encode())
    program = os.path.join(place, "bin", "gitops-ci")
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60).stdout
    found = told.strip().rpartition(" ")[2]
    if found != version:
        sys.exit(f"{source.rpartition('@')[2]} brings gitops-ci {found or 'that does not start'}, and this library needs {version}: "
                 "use the library and the tool in the same version")
    with open(complete, "w", encoding="utf-8") as marker:
        marker.write(source)


signal.alarm(900)
try:
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place + ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not installed():
            install()
except (OSError, subprocess.SubprocessError) as problem:
    words = f"exit code {problem.returncode}" if isinstance(problem, subprocess.CalledProcessError) else problem
    found = os.environ["GITOPS_TOOL_FOUND"]
    other = f"gitops-ci {found} is on PATH, and this library needs {version}: " if found else ""
    sys.exit(f"{other}gitops-ci {version} can't be installed into {place} ({words}): {ways}")
END
    tool=$place/bin/gitops-ci
fi

mkdir -p "$GITOPS_FOLDER"
if [ -n "${GITOPS_SSH_KEY:-}" ]; then
    GIT_SSH_COMMAND='ssh -i "$GITOPS_SSH_KEY" -o IdentitiesOnly=yes -o BatchMode=yes'
    export GIT_SSH_COMMAND
fi
# shellcheck disable=SC2086 # one or two words
if [ -z "${GITOPS_SSH_PASSPHRASE:-}" ]; then
    exec "$tool" $GITOPS_COMMAND
fi
# An agent of ssh for this command alone knows the key. It asks for the passphrase by a program that has it from its environment,
# and answers once: ssh-add would ask for ever.
printf '#!/bin/sh\\nrm -f "$0"\\nprintf "%%s\\\\n" "$GITOPS_SSH_PASSPHRASE"\\n' >"$GITOPS_FOLDER/askpass"
chmod 700 "$GITOPS_FOLDER/askpass"
SSH_ASKPASS="$GITOPS_FOLDER/askpass" SSH_ASKPASS_REQUIRE=force DISPLAY=${DISPLAY:-:0}
export SSH_ASKPASS SSH_ASKPASS_REQUIRE DISPLAY
# shellcheck disable=SC2016,SC2086 # expanded by the inner shell; one or two words
exec ssh-agent sh -c 'ssh-add -q "$GITOPS_SSH_KEY" </dev/null && unset GITOPS_SSH_PASSPHRASE SSH_ASKPASS SSH_ASKPASS_REQUIRE && exec "$0" "$@"' \\
    "$tool" $GITOPS_COMMAND
'''
}
