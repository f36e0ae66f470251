package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PromotionTest extends World {
    private static final String PROD = "return gitopsPromote(PLACE, to: 'prod', reason: 'release 1.4', approval: [submitter: 'alice,bob'])";
    private static final String POLICY = """
            version: 1
            apps:
              shop: {images: [{repository: "%s/shop", tag: image.tag, digest: image.digest}]}
            environments:
              dev: {}
              stage: {from: dev}
            """.formatted(REGISTRY);
    private static final Answer YES = Answer.submit("alice", Map.of());

    /** 14 runs in prod, and 15 in stage. */
    private void anOlderReleaseInProd() throws Exception {
        prepared("an older release in prod", () -> {
            stage("14");
            ok(build(YES), PROD);
            stage("15");
        });
    }

    @Test
    void aReleaseGoesToProdWithTheNamesOfThoseWhoAskedAndApproved() throws Exception {
        stage("15");
        Build build = ok(build(YES), PROD);
        assertTrue(message().contains("Gitops-Approved-By: alice\n"), message());
        assertTrue(message().contains("Gitops-Requested-By: carol\n"), message());
        assertTrue(message().contains("Gitops-Reason: release 1.4"), message());
        assertTrue(message().contains("Gitops-Build-Url: https://jenkins.example.com/job/shop/job/promote/7/"), message());
        assertEquals("#7 prod 15", build.displayName);
        assertTrue(build.description.startsWith("promote to prod: shop 15 published"), build.description);
        assertEquals("15", ((Map<?, ?>) ((Map<?, ?>) build.returned).get("release")).get("tag"));
    }

    @Test
    void theAgentIsGivenBackWhileItWaits() throws Exception {
        stage("15");
        Build build = build(YES);
        int[] busy = {-1};
        build.meanwhile = () -> busy[0] = build.executors();
        ok(build, PROD);
        assertEquals(0, busy[0]);
        assertTrue(build.log().indexOf("plan ") < build.log().indexOf("Input requested"), "the plan is in the log before the question");
    }

    @Test
    void rejectingEndsTheBuildAsAborted() throws Exception {
        stage("15");
        String before = head();
        Build build = build(Answer.abort("bob")).run(pipeline(PROD));
        assertEquals("ABORTED", build.result);
        assertEquals(before, head());
    }

    @Test
    void silenceEndsTheBuildAsAbortedWhenTheTimeIsOver() throws Exception {
        stage("15");
        String before = head();
        assertEquals("ABORTED", build().run(pipeline(PROD)).result);
        assertEquals(before, head());
    }

    @Test
    void anApproverThatJenkinsDoesNotNameIsNone() throws Exception {
        stage("15");
        failed(build(Answer.empty("alice")), PROD, "Jenkins did not tell who approved");
    }

    @Test
    void whoAskedCanNotApprove() throws Exception {
        stage("15");
        failed(build(Answer.submit("admin", Map.of())), PROD, "admin is not among the approvers of prod");
    }

    @Test
    void theApproversOfThePolicyAreAskedWhereThePipelineNamesNone() throws Exception {
        stage("15");
        ok(build(Answer.submit("mallory", Map.of()), Answer.submit("bob", Map.of())), "gitopsPromote(PLACE, to: 'prod')");
        assertTrue(message().contains("Gitops-Approved-By: bob"), message());
    }

    @Test
    void whatChangedWhileTheApproverThoughtIsNotPublished() throws Exception {
        stage("15");
        Build build = build(YES);
        build.meanwhile = () -> {
            elsewhere(() -> stage("16"));
        };
        String[] before = {null};
        build.run(pipeline(PROD));
        before[0] = head();
        assertEquals("FAILURE", build.result, build::log);
        assertTrue(build.log().contains("look at the plan again"), build::log);
        assertFalse(git("show", "main:values-prod.yaml").contains("1"));
    }

    @Test
    void insideANodeItStopsAndSaysWhatToChange() throws Exception {
        Build build = failed(build(), "node { gitopsPromote(PLACE, to: 'stage') }", "call it outside node");
        assertFalse(build.calls.contains("sh"));
    }

    @Test
    void nothingToDoIsASuccessThatAsksNobody() throws Exception {
        stage("15");
        Build build = ok(build(), "return gitopsPromote(PLACE, to: 'stage')");
        assertEquals("unchanged", ((Map<?, ?>) build.returned).get("category"));
    }

    @Test
    void aRefusalSaysWhichGateAndWhy() throws Exception {
        failed(build(), "gitopsPromote(PLACE, to: 'stage', tag: '14')", "never ran in dev");
    }

    @Test
    void aRollbackNeedsTheSameApproval() throws Exception {
        anOlderReleaseInProd();
        ok(build(YES), PROD);
        ok(build(Answer.submit("bob", Map.of())), "gitopsRollback(PLACE, env: 'prod', reason: '15 loses orders')");
        assertTrue(message().startsWith("rollback(shop): prod 15 -> 14"), message());
    }

    @Test
    void aMoveThatWasApprovedBeforeIsAskedForAndPublishedAgain() throws Exception {
        anOlderReleaseInProd();
        for (String tag : new String[] {"15", "14", "15", "14", "15"}) {
            Build build = ok(build(YES), "return gitopsPromote(PLACE, to: 'prod', tag: '%s', reason: 'again')".formatted(tag));
            assertTrue(build.calls.contains("input"), build::log);
            assertTrue(message().startsWith("promote(shop): stage -> prod " + tag), message());
            assertTrue(message().contains("Gitops-Plan: 2:" + ((Map<?, ?>) build.returned).get("plan_id") + "\n"), message());
        }
    }

    @Test
    void theSamePairIsRolledBackAsOftenAsItFails() throws Exception {
        policy(POLICY + "  prod: {from: stage, approval: {approvers: [alice, bob]}, override: {withdrawn: [carol]}}\n");
        anOlderReleaseInProd();
        ok(build(YES), PROD);
        for (int times = 0; times < 2; times++) {
            ok(build(YES), "gitopsRollback(PLACE, env: 'prod', reason: '15 loses orders')");
            assertTrue(message().startsWith("rollback(shop): prod 15 -> 14"), message());
            ok(build(YES), "gitopsPromote(PLACE, to: 'prod', override: 'withdrawn', reason: 'mended')");
            assertTrue(message().startsWith("promote(shop): stage -> prod 15"), message());
        }
    }

    @Test
    void theQuestionShowsWhatTheApproverHasToKnow() throws Exception {
        anOlderReleaseInProd();
        String[] shown = {""};
        Build build = build(YES);
        build.watch = (step, arguments) -> shown[0] = step.equals("input") ? String.valueOf(arguments.get("message")) : shown[0];
        ok(build, "gitopsPromote(PLACE, to: 'prod', approval: [message: 'Is the shop closed?'])");
        for (String words : new String[] {
            "Is the shop closed?", "promote shop: stage -> prod, 14 -> 15", "releases that stage had since 14", "/shop:15@sha256:", "+  tag: \"15\"",
            "ok   order", "wait approval", "plan ",
        }) {
            assertTrue(shown[0].contains(words), () -> words + " is not in " + shown[0]);
        }
    }

    @Test
    void aReasonThatThePolicyWantsIsAskedForTogetherWithTheApproval() throws Exception {
        policy(POLICY + "  prod: {from: stage, approval: {approvers: [alice, bob], reason: true}}\n");
        stage("15");
        failed(build(Answer.submit("alice", Map.of("REASON", ""))), "gitopsPromote(PLACE, to: 'prod')", "a reason is required");
        ok(build(Answer.submit("alice", Map.of("REASON", "it's \"release\" $(1.5)"))), "gitopsPromote(PLACE, to: 'prod')");
        assertTrue(message().contains("Gitops-Reason: it's \"release\" $(1.5)"), message());
    }

    @Test
    void whereNobodyIsAskedOneAgentDoesBoth() throws Exception {
        ok(build(), "gitopsUpdate(PLACE, env: 'dev', tag: '15')");
        Build build = ok(build(), "gitopsPromote(PLACE, to: 'stage')");
        assertEquals(1, build.calls.stream().filter("node"::equals).count());
        assertTrue(message().startsWith("promote(shop): dev -> stage 15"), message());
    }

    @Test
    void aReleaseThatIsNamedStaysTheOneThatWasApproved() throws Exception {
        stage("15");
        Build build = build(YES);
        build.meanwhile = () -> elsewhere(() -> stage("16"));
        ok(build, "gitopsPromote(PLACE, to: 'prod', tag: '15', reason: 'release 1.4')");
        assertTrue(message().startsWith("promote(shop): stage -> prod 15"), message());
    }

    @Test
    void whateverIsNotAPlainNoIsADryRun() throws Exception {
        stage("15");
        for (Object given : new Object[] {true, "true", "TRUE", "yes", "no"}) {
            Build build = build();
            build.parameters.putAll(Map.of("APP", "shop", "TO", "prod", "TAG", "", "REASON", "", "DRY_RUN", given));
            String before = head();
            ok(build, "gitopsPromotionJob(PLACE)");
            assertEquals(before, head());
            assertFalse(build.calls.contains("input"));
        }
    }

    @Test
    void theProgramSurvivesARestartAtEveryStep() throws Exception {
        stage("15");
        Build build = build(YES);
        build.restartAtEveryStep = true;
        ok(build, PROD);
    }
}
