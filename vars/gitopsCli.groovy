import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonSlurper

/** Runs one command of gitops-ci on the agent and returns its result as plain maps; the only var that calls sh. */
Map call(Map given) {
    return perform(given)
}

private Map perform(Map given) {
    String command = given.command
    Map settings = variables(given.arguments ?: [:])
    if (!isUnix()) {
        error("${given.caller ?: command}: gitops-ci runs on Linux agents, and ${env.NODE_NAME} is none: give label: the label of Linux agents")
    }
    int attempt = 1
    while (true) {
        Map result = null
        bound(credentials(given)) { List secrets ->
            result = carryOut(command, settings, secrets, given.tool ?: [:])
        }
        if (result.exit_code != 4 || attempt >= 3) {
            return judged(result, given)
        }
        echo("${result.message}\nTrying again (${attempt} of 2)")
        sleep(time: 15 * attempt, unit: 'SECONDS')
        attempt += 1
    }
}

/** Stops unless all arguments are known and the needed ones are there; called before any node is taken. */
void check(String caller, Object given, Collection known, Collection needed) {
    if (!(given instanceof Map)) {
        error("${caller} takes named arguments, such as ${caller}(${needed.collect { "${it}: ..." }.join(', ')})")
    }
    for (name in given.keySet().collect { it }) {
        if (!known.contains(name)) {
            String close = nearest(name.toString(), known)
            String hint = close ? "did you mean ${close}?" : "known are ${known.sort().join(', ')}"
            error("${caller}: the argument ${name} is not known: ${hint}")
        }
    }
    for (name in needed) {
        if (!filled(given[name])) {
            error("${caller}: the argument ${name} is missing")
        }
    }
    if (known.contains('tool') && given.tool) {
        check("${caller}: tool", given.tool, ['index', 'source', 'home'], [])
    }
}

/** The arguments that are named in `names`, by the name of their variable. */
Map chosen(Map given, Map names) {
    Map settings = [:]
    for (name in names.keySet().collect { it }) {
        if (filled(given[name])) {
            settings[names[name]] = given[name]
        }
    }
    return settings
}

/** Who asked for this build: the person who pressed the button, else what started it. */
String requester() {
    List people = currentBuild.getBuildCauses('hudson.model.Cause$UserIdCause')
    if (people && people[0].userId instanceof String) { // nobody who logged in: no Groovy null, but an object that stands for it
        return people[0].userId
    }
    List causes = currentBuild.getBuildCauses()
    return causes ? "jenkins: ${causes[0].shortDescription}" : 'jenkins'
}

/** The arguments that every var of this library takes, by the name of their variable. */
Map common() {
    return [
        repo: 'REPO', branch: 'BRANCH', timeout: 'TIMEOUT', caFile: 'CA_FILE', plainHttp: 'PLAIN_HTTP',
        reason: 'REASON', buildUrl: 'BUILD_URL', skipCi: 'SKIP_CI', dryRun: 'DRY_RUN',
    ]
}

/** The arguments of waiting for Argo CD, by the name of their variable. */
Map waiting() {
    return [
        wait: 'WAIT', level: 'LEVEL', waitTimeout: 'WAIT_TIMEOUT', stable: 'STABLE', patience: 'PATIENCE', poll: 'POLL', sync: 'SYNC',
        allowOutOfSync: 'ALLOW_OUT_OF_SYNC', parent: 'PARENT', argocdServer: 'ARGOCD_SERVER', insecure: 'INSECURE',
    ]
}

/** The arguments that say where and as whom a var works. */
List surroundings() {
    return ['gitCredentials', 'registryCredentials', 'argocdCredentials', 'argocdServer', 'label', 'tool']
}

/** Runs a body on the agent that the pipeline has, or on one with `label`, given back at once. */
void onAgent(Map given, Closure body) {
    if (env.NODE_NAME) {
        body()
        return
    }
    node(given.label ?: '') {
        body()
    }
}

/** Runs a command on the agent that the pipeline has, with what the caller of a var gave. */
Map run(Map given, String caller, String command, Map settings) {
    return perform(caller: caller, command: command, arguments: settings, git: given.gitCredentials,
        registry: given.registryCredentials, argocd: given.argocdCredentials, tool: given.tool)
}

/** Runs a command on the agent that the pipeline has, or on one with `label`, given back at once. */
Map inNode(Map given, String caller, String command, Map settings) {
    Map result = null
    onAgent(given) {
        result = run(given, caller, command, settings)
    }
    return result
}

private boolean filled(Object value) {
    return value != null && value != false && value.toString() != '' && value != []
}

private Map variables(Map arguments) {
    Map settings = [:]
    for (name in arguments.keySet().collect { it }) {
        settings[name] = text(name.toString(), arguments[name])
    }
    return settings
}

private String text(String name, Object value) {
    List items = value instanceof List ? value : [value]
    for (item in items) {
        // one value a line: a line break in one of them would make two
        if (name != 'REASON' && item.toString().contains('\n')) {
            error("${name} has a line break: ${item}")
        }
        if (item.toString().contains('\u0000')) {
            error("${name} has a NUL character")
        }
        // a process takes no longer variable
        if (item.toString().length() > 30000) {
            error("${name} has ${item.toString().length()} characters: at most 30000 can be given")
        }
    }
    return items.collect { it.toString() }.join('\n')
}

private Map carryOut(String command, Map settings, List secrets, Map tool) {
    String folder = "${pwd(tmp: true)}/gitops-ci-${UUID.randomUUID()}"
    String file = "${folder}/result.json"
    List variables = [
        "GITOPS_COMMAND=${command}", "GITOPS_FOLDER=${folder}", "GITOPS_VERSION=${version()}", "GITOPS_CI_RESULT_FILE=${file}",
    ]
    List names = ['GITOPS_CI_RESULT_FILE'] + secrets
    Map own = [:]
    for (name in settings.keySet().collect { it }) {
        own["GITOPS_CI_${name}".toString()] = settings[name]
    }
    for (name in tool.keySet().collect { it }) {
        own["GITOPS_TOOL_${name.toUpperCase()}".toString()] = tool[name]
    }
    for (name in own.keySet().collect { it }) {
        if (own[name]) { // what is empty would unset a variable, and let the agent's own one show through
            names << name
            variables << "${name}=${own[name]}".toString()
        }
    }
    variables << "GITOPS_NAMES=${names.join(' ')}".toString()
    Map result = [exit_code: 1, message: 'gitops-ci did not run: the log above says why', gates: [], apps: []]
    try {
        withEnv(variables) {
            int code = sh(label: "gitops-ci ${command}", returnStatus: true, script: script())
            if (fileExists(file)) {
                result = parsed(readFile(file: file, encoding: 'UTF-8'))
            } else {
                result.exit_code = code ?: 1
            }
        }
    } finally {
        dir(folder) {
            deleteDir()
        }
    }
    return result
}

private Map judged(Map result, Map given) {
    if (result.exit_code == 0 || given.returnFailure) {
        return result
    }
    error("${given.caller ?: given.command}: ${result.message}")
}

private List credentials(Map given) {
    List found = []
    for (kind in ['git', 'registry', 'argocd']) {
        Object wanted = given[kind]
        if (wanted) {
            found << [kind: kind.toUpperCase(), wanted: wanted]
        }
    }
    return found
}

/** Binds credentials one after the other around a body, which gets the names of the variables that they set. */
private void bound(List wanted, List names = [], Closure body) {
    if (!wanted) {
        body(names)
        return
    }
    Map first = wanted[0]
    String kind = first.kind
    Map how = first.wanted instanceof Map ? first.wanted : [(kind == 'ARGOCD' ? 'token' : 'usernamePassword'): first.wanted]
    List rest = wanted.drop(1)
    if (how.usernamePassword && kind != 'ARGOCD') {
        withCredentials([usernamePassword(credentialsId: how.usernamePassword, usernameVariable: "GITOPS_CI_${kind}_USERNAME",
                passwordVariable: "GITOPS_CI_${kind}_PASSWORD")]) {
            bound(rest, names + ["GITOPS_CI_${kind}_USERNAME", "GITOPS_CI_${kind}_PASSWORD"], body)
        }
    } else if (how.token) {
        withCredentials([string(credentialsId: how.token, variable: "GITOPS_CI_${kind}_TOKEN")]) {
            bound(rest, names + ["GITOPS_CI_${kind}_TOKEN"], body)
        }
    } else if (how.file) {
        withCredentials([file(credentialsId: how.file, variable: "GITOPS_CI_${kind}_TOKEN_FILE")]) {
            bound(rest, names + ["GITOPS_CI_${kind}_TOKEN_FILE"], body)
        }
    } else if (how.sshKey && kind == 'GIT') {
        withCredentials([sshUserPrivateKey(credentialsId: how.sshKey, keyFileVariable: 'GITOPS_SSH_KEY',
                passphraseVariable: 'GITOPS_SSH_PASSPHRASE')]) {
            bound(rest, names + ['GITOPS_SSH_KEY', 'GITOPS_SSH_PASSPHRASE'], body)
        }
    } else {
        String kinds = kind == 'ARGOCD' ? 'a secret text, or one of token:, file:'
            : 'a user with password, or one of usernamePassword:, token:, file:' + (kind == 'GIT' ? ', sshKey:' : '')
        error("${kind.toLowerCase()}Credentials: give the id of ${kinds}")
    }
}

private String version() {
    return '0.1.0'
}

private String script() {
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

@NonCPS
private Map parsed(String text) {
    return plain(new JsonSlurper().parseText(text))
}

@NonCPS
private Object plain(Object value) {
    if (value instanceof Map) {
        Map copy = [:]
        value.each { key, each -> copy[key] = plain(each) }
        return copy
    }
    return value instanceof List ? value.collect { plain(it) } : value
}

@NonCPS
private String nearest(String word, Collection known) {
    String best = null
    int least = 3
    for (each in known) {
        int distance = distance(word.toLowerCase(), each.toString().toLowerCase())
        if (distance < least) {
            best = each
            least = distance
        }
    }
    return best
}

@NonCPS
private int distance(String one, String two) {
    List row = (0..two.length()).collect { it }
    for (int i = 1; i <= one.length(); i++) {
        int corner = row[0]
        row[0] = i
        for (int j = 1; j <= two.length(); j++) {
            int above = row[j]
            row[j] = one[i - 1] == two[j - 1] ? corner : 1 + Math.min(corner, Math.min(above, (int) row[j - 1]))
            corner = above
        }
    }
    return row[two.length()]
}
