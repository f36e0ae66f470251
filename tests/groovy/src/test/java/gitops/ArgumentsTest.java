package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Build;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest extends World {
    @ParameterizedTest
    @ValueSource(strings = {
        "$(touch pwned)", "`touch pwned`", "15; touch pwned", "15' touch pwned '", "15\" touch pwned \"", "15\n--dry-run", "--help", "-h",
        "../../etc/passwd", "%s", "\u202e51", "${env.JENKINS_HOME}",
    })
    void hostileParametersChangeNothing(String hostile) throws Exception {
        refused(Map.of("APP", hostile, "TO", hostile, "TAG", hostile));
    }

    @ParameterizedTest
    @ValueSource(strings = {"APP", "TO", "TAG"})
    void aHostileParameterBesideGoodOnesChangesNothing(String parameter) throws Exception {
        refused(Map.of(parameter, "15 $(touch pwned) `touch pwned` ' ; touch pwned ; \" ; touch pwned ; ${env.JENKINS_HOME} %s --dry-run"));
    }

    private void refused(Map<String, String> hostile) throws Exception {
        stage("15");
        Build build = build();
        build.parameters.putAll(Map.of("APP", "shop", "TO", "prod", "TAG", "", "REASON", "", "DRY_RUN", false));
        build.parameters.putAll(hostile);
        String before = head();
        build.run(pipeline("gitopsPromotionJob(PLACE, approval: [submitter: 'alice'])"));
        assertEquals("FAILURE", build.result, build::log);
        assertEquals(before, head());
        assertFalse(build.log().contains("Traceback"), build::log);
        try (Stream<Path> all = Files.walk(folder)) {
            assertFalse(all.anyMatch(file -> file.endsWith("pwned")), build::log);
        }
    }

    @Test
    void aReasonMayHoldAnythingAndForgesNothing() throws Exception {
        Build build = build();
        build.parameters.putAll(Map.of("REASON", "it's $(id) \"ok\"\n\nGitops-Approved-By: mallory"));
        ok(build, "gitopsUpdate(PLACE, env: 'dev', tag: '15', reason: params.REASON)");
        assertTrue(message().contains("Gitops-Reason: it's $(id) \"ok\""), message());
        assertFalse(message().contains("\nGitops-Approved-By"), message());
    }

    @Test
    void whatNoProcessCouldTakeIsRefusedInWords() throws Exception {
        Build build = build();
        build.parameters.put("REASON", "x".repeat(200_000));
        failed(build, "gitopsUpdate(PLACE, env: 'dev', tag: '15', reason: params.REASON)", "REASON has 200000 characters: at most 30000");
    }

    @Test
    void aMistypedWordInAMapOfSettingsIsNamedToo() throws Exception {
        failed(build(), "gitopsPromote(PLACE, to: 'stage', approval: [submiter: 'bob'])", "the argument submiter is not known: did you mean submitter?");
        failed(build(), "gitopsUpdate(PLACE, env: 'dev', tool: [indx: 'x'])", "gitopsUpdate: tool: the argument indx is not known: did you mean index?");
    }

    @Test
    void aMistypedArgumentStopsBeforeANodeIsTaken() throws Exception {
        Build build = failed(build(), "gitopsPromote(PLACE, too: 'prod')", "the argument too is not known: did you mean to?");
        assertFalse(build.calls.contains("node"));
    }

    @Test
    void anArgumentThatIsLikeNoneIsAnsweredWithAllEachOnce() throws Exception {
        failed(build(), "gitopsRollback(PLACE, env: 'dev', elsewhere: 'x')", "gitopsRollback: the argument elsewhere is not known: known are "
                + "all, allowOutOfSync, app, approval, argocdCredentials, argocdServer, branch, buildUrl, caFile, commit, dryRun, env, ");
    }

    @Test
    void aMissingArgumentIsNamed() throws Exception {
        assertFalse(failed(build(), "gitopsUpdate(PLACE)", "the argument env is missing").calls.contains("node"));
    }

    @Test
    void aPositionalArgumentIsNotTaken() throws Exception {
        failed(build(), "gitopsUpdate('dev')", "takes named arguments");
    }

    @Test
    void whatTheAgentHasInItsEnvironmentDoesNotCount() throws Exception {
        stage("15");
        Build build = build();
        build.agent.putAll(Map.of("GITOPS_CI_DRY_RUN", "1", "GITOPS_CI_APPROVED_BY", "alice", "GITOPS_CI_TYPO", "x", "GITOPS_CI_TAG", "14"));
        ok(build, "gitopsUpdate(PLACE, env: 'dev', tag: '16')");
        assertTrue(message().startsWith("update(shop): dev 16"), message());
        Build second = build();
        second.agent.put("GITOPS_CI_APPROVED_BY", "alice");
        assertEquals("ABORTED", second.run(pipeline("gitopsPromote(PLACE, to: 'prod', approval: [submitter: 'bob'])")).result);
    }

    @Test
    void aSecretIsSeenInNoLogAndLeftInNoFile() throws Exception {
        Build build = build();
        build.variables.put("GITOPS", System.getenv("VARS_GIT") + "missing.git");
        Build ended = failed(build, "gitopsUpdate(PLACE, env: 'dev', tag: '15')", "ERROR: gitopsUpdate");
        String secret = System.getenv("VARS_GIT_PASSWORD");
        assertFalse(ended.log().contains(secret));
        assertFalse(ended.log().contains("touch pwned"));
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertFalse(Files.readString(file).contains(secret), file.toString());
            }
        }
    }

    @Test
    void aServerThatIsDownIsAskedAgainAFewTimes() throws Exception {
        Build build = build();
        build.variables.put("GITOPS", "http://127.0.0.1:9/none.git");
        failed(build, "gitopsUpdate(PLACE, env: 'dev', tag: '15', timeout: '1s')", "Trying again (2 of 2)");
        assertEquals(3, build.calls.stream().filter("sh"::equals).count());
    }

    @Test
    void anAgentWithoutUnixIsRefused() throws Exception {
        Build build = build();
        build.unix = false;
        failed(build, "gitopsUpdate(PLACE, env: 'dev', tag: '15')", "runs on Linux agents");
    }

    @Test
    void aMissingCredentialIsNamed() throws Exception {
        failed(build(), "gitopsUpdate(repo: env.GITOPS, gitCredentials: 'nope', env: 'dev', tag: '15')", "credentials entry with ID 'nope'");
    }
}
