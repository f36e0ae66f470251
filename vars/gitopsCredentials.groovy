/** Binds the credentials that gitopsCli was given around a body, which gets the names of the variables that they set. */
void call(Map given, Closure body) {
    bound(credentials(given), body)
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
