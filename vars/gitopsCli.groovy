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
        check("${caller}: tool", given.tool, ['index', 'source', 'wheelhouse', 'home'], [])
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

/** Who asked for this build or for those that started it: all who pressed the button, else what did. What that means says the program. */
List requesters() {
    List people = []
    List causes = []
    for (build in [currentBuild] + currentBuild.upstreamBuilds) {
        for (cause in build.getBuildCauses()) {
            String words = "jenkins: ${cause._class}: ${cause.shortDescription}".readLines().join(' ')
            if (cause.userId instanceof String) {
                people << cause.userId
            } else if (cause.userId != null) { // nobody who logged in: no Groovy null, but an object that stands for it
                people << words
            } else {
                causes << words
            }
        }
    }
    return people ?: causes ?: ['jenkins']
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
    String carried = gitopsScript.manifest()
    Map own = [GITOPS_TOOL_CARRIED: carried]
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
            int code = onShell(command)
            if (code == 90) { // of the script alone: the program is missing, and so is what installs it
                gitopsScript.bring(folder, carried, carried && !tool.source && parsed(carried).version == version())
                code = onShell(command)
            }
            result = told(result + [exit_code: code ?: 1], file, "${folder}/problem")
        }
    } finally {
        dir(folder) {
            deleteDir()
        }
    }
    return result
}

private int onShell(String command) {
    return sh(label: "gitops-ci ${command}", returnStatus: true, script: gitopsScript())
}

/** The result that the program wrote; without one the words of what kept it from running. */
private Map told(Map result, String file, String problem) {
    if (fileExists(file)) {
        return parsed(readFile(file: file, encoding: 'UTF-8'))
    }
    return fileExists(problem) ? result + [message: readFile(file: problem, encoding: 'UTF-8').trim()] : result
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
    return '0.3.0.dev0'
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
