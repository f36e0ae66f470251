import hudson.AbortException

/** What gitopsCli runs on an agent: a constant, so that nothing that a job says becomes shell code. */
String call() {
    return libraryResource('gitops-ci/run.sh')
}

/** What this library says of the program that it carries; nothing where it was taken from a branch without one. */
String manifest() {
    try {
        return libraryResource('gitops-ci/wheel.json').trim()
    } catch (AbortException ignored) {
        return ''
    }
}

/** Writes what installs the program into the folder of a run; with the program itself where it fits. */
void bring(String folder, String manifest, boolean fits) {
    List names = [
        'install.py', 'installer/__init__.py', 'installer/contents.py', 'installer/logins.py', 'installer/pips.py',
        'installer/places.py', 'installer/processes.py', 'installer/request.py', 'installer/words.py',
    ]
    if (manifest) {
        names << 'wheel.json'
    }
    if (fits) {
        names << 'requirements.txt' << 'wheel.b64'
    }
    for (name in names) {
        // from step to step, and in no variable: all that is held is saved at every step
        writeFile(file: "${folder}/${name}", text: libraryResource("gitops-ci/${name}"))
    }
}
