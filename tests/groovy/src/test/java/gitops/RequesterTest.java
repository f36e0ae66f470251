package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import harness.Causes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who asked for a promotion: the people behind a build, or what started it where no person did. */
class RequesterTest extends World {
    private static final String PROD = "gitopsPromote(PLACE, to: 'prod')";

    private Build started(List<Map<String, Object>> causes, Answer... answers) throws Exception {
        stage("15");
        Build build = build(answers);
        build.causes.clear();
        build.causes.addAll(causes);
        return build;
    }

    /** A build of another job, which some causes started. */
    private Build upstream(String job, int number, List<Map<String, Object>> causes) {
        Build build = new Build(null);
        build.job = job;
        build.number = number;
        build.causes.addAll(causes);
        return build;
    }

    private List<String> asked() throws IOException {
        return message().lines().filter(line -> line.startsWith("Gitops-Requested-By: ")).map(line -> line.substring(21)).toList();
    }

    private static Answer by(String user) {
        return Answer.submit(user, Map.of());
    }

    /** The question takes no answer from who asked: it waits for the others until its time is over. */
    private void notLetIn(Build build, String others) throws Exception {
        String before = head();
        build.run(pipeline(PROD));
        assertEquals("ABORTED", build.result, build::log);
        assertTrue(build.log().contains("You need to be " + others + " to submit this."), build.log());
        assertEquals(before, head());
    }

    @Test
    void thePersonBehindAnUpstreamBuildAsked() throws Exception {
        Build up = upstream("up", 1, List.of(Causes.user("tess")));
        ok(started(List.of(), by("alice")).startedBy(up), PROD);
        assertEquals(List.of("tess"), asked());
    }

    @Test
    void nobodyApprovesWhatTheyStartedThroughAnotherJob() throws Exception {
        Build up = upstream("up", 1, List.of(Causes.user("alice")));
        notLetIn(started(List.of(), by("alice")).startedBy(up), "bob");
    }

    @Test
    void aPersonIsFoundHoweverManyBuildsLieBetween() throws Exception {
        Build first = upstream("nightly", 3, List.of(Causes.user("alice")));
        Build second = upstream("up", 1, List.of()).startedBy(first);
        notLetIn(started(List.of(), by("alice")).startedBy(second), "bob");
    }

    @Test
    void allWhoPressedTheSameButtonAsked() throws Exception {
        List<Map<String, Object>> both = List.of(Causes.user("tess"), Causes.user("alice"));
        notLetIn(started(both, by("alice")), "bob");
        ok(started(both, by("bob")), PROD);
        assertEquals(List.of("tess", "alice"), asked());
    }

    @Test
    void whoPressedAsksBesideWhoStartedTheBuildBefore() throws Exception {
        Build up = upstream("up", 1, List.of(Causes.user("alice")));
        ok(started(List.of(Causes.user("tess")), by("bob")).startedBy(up), PROD);
        assertEquals(List.of("tess", "alice"), asked());
    }

    @Test
    void aPushIsNobody() throws Exception {
        ok(started(List.of(Causes.push("main")), by("alice")), PROD);
        assertEquals(List.of("nobody: push"), asked());
    }

    @Test
    void aChangeThatJenkinsLookedForIsAPush() throws Exception {
        ok(started(List.of(Causes.change()), by("alice")), PROD);
        assertEquals(List.of("nobody: push"), asked());
    }

    @Test
    void aPushBehindAnUpstreamBuildIsNobody() throws Exception {
        Build up = upstream("shop/main", 12, List.of(Causes.push("main")));
        ok(started(List.of(), by("alice")).startedBy(up), PROD);
        assertEquals(List.of("nobody: push"), asked());
    }

    @Test
    void aTimerIsNobody() throws Exception {
        ok(started(List.of(Causes.timer()), by("alice")), PROD);
        assertEquals(List.of("nobody: timer"), asked());
    }

    @Test
    void whoReplaysAsked() throws Exception {
        List<Map<String, Object>> replayed = List.of(Causes.user("alice"), Causes.replay(6));
        notLetIn(started(replayed, by("alice")), "bob");
        ok(started(replayed, by("bob")), PROD);
        assertEquals(List.of("alice"), asked());
    }

    @Test
    void whoIsNotLoggedInIsRecordedAsThat() throws Exception {
        ok(started(List.of(Causes.user(null)), by("alice")), PROD);
        assertEquals(List.of("jenkins: Started by user anonymous"), asked());
    }

    @Test
    void anotherCauseIsRecordedInItsOwnWordsAndNotTakenForNobody() throws Exception {
        Build build = ok(started(List.of(Causes.remote("10.0.0.9", "two\nlines")), by("alice")), PROD);
        assertEquals(List.of("jenkins: Started by remote host 10.0.0.9 with note: two lines"), asked());
        assertTrue(build.log().contains("who asks for it, is not under people"), build.log());
    }

    @Test
    void aDeletedUpstreamBuildIsNotTakenForNobody() throws Exception {
        Build build = started(List.of(), by("alice")).startedBy(upstream("up", 1, List.of(Causes.push("main"))));
        build.forgetUpstream();
        ok(build, PROD);
        assertEquals(List.of("jenkins: Started by upstream project \"up\" build number 1"), asked());
    }

    @Test
    void aUserIdIsRecordedAsItIs() throws Exception {
        String odd = "o'brien $(id) \u00fc;`x` \"q\" %s";
        ok(started(List.of(Causes.user(odd)), by("bob")), PROD);
        assertEquals(List.of(odd), asked());
    }

    @Test
    void aUserIdThatLooksLikeTheApproversIsTheSamePerson() throws Exception {
        notLetIn(started(List.of(Causes.user("\u0430lice")), by("alice")), "bob");
    }

    @Test
    void aUserIdThatBreaksTheLineMakesNoSecondPerson() throws Exception {
        failed(started(List.of(Causes.user("tess\nbob")), by("alice")), PROD, "REQUESTED_BY has a line break");
        assertFalse(message().contains("tess"), message());
    }

    @Test
    void everyVarTellsWhoAsked() throws Exception {
        Build build = started(List.of(Causes.user("tess"), Causes.user("alice")));
        ok(build, "gitopsUpdate(PLACE, env: 'dev', tag: '16')");
        assertEquals(List.of("tess", "alice"), asked());
    }
}
