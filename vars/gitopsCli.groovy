import gitopsci.Arguments
import gitopsci.Json
import gitopsci.Variables

/** Runs one command of gitops-ci on the agent and returns its result as plain maps; the only var that calls sh. */
Map call(Map given) {
    return perform(given)
}

private Map perform(Map given) {
    String command = given.command
    Map settings = given.arguments ?: [:]
    String problem = Variables.problem(settings)
    if (problem) {
        error(problem)
    }
    if (!isUnix()) {
        error("${given.caller ?: command}: gitops-ci runs on Linux agents, and ${env.NODE_NAME} is none: give label: the label of Linux agents")
    }
    int attempt = 1
    while (true) {
        Map result = null
        gitopsCredentials(given) { List secrets ->
            result = carryOut(command, Variables.texts(settings), secrets, given.tool ?: [:])
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
void check(String caller, Object given, List known, List needed) {
    String problem = Arguments.problem(caller, given, known, needed)
    if (problem) {
        error(problem)
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
    gitopsAgent(given) {
        result = run(given, caller, command, settings)
    }
    return result
}

private Map carryOut(String command, Map settings, List secrets, Map tool) {
    String folder = "${pwd(tmp: true)}/gitops-ci-${UUID.randomUUID()}"
    String file = "${folder}/result.json"
    String carried = gitopsScript.manifest()
    Map passed = Variables.prefixed('GITOPS_CI_', settings + [RESULT_FILE: file]) +
        Variables.prefixed('GITOPS_TOOL_', Variables.of(tool, tool.keySet().collect { it }) + [CARRIED: carried])
    String names = (passed.keySet() + secrets).join(' ')
    List variables = Variables.assignments(passed + [
        GITOPS_COMMAND: command, GITOPS_FOLDER: folder, GITOPS_VERSION: version(), GITOPS_NAMES: names,
    ])
    Map result = [exit_code: 1, message: 'gitops-ci did not run: the log above says why', gates: [], apps: []]
    try {
        withEnv(variables) {
            int code = onShell(command)
            if (code == 90) { // of the script alone: the program is missing, and so is what installs it
                gitopsScript.bring(folder, carried, carried && !tool.source && Json.parse(carried).version == version())
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
        return Json.parse(readFile(file: file, encoding: 'UTF-8'))
    }
    return fileExists(problem) ? result + [message: readFile(file: problem, encoding: 'UTF-8').trim()] : result
}

private Map judged(Map result, Map given) {
    if (result.exit_code == 0 || given.returnFailure) {
        return result
    }
    error("${given.caller ?: given.command}: ${result.message}")
}

private String version() {
    return '0.4.0'
}
