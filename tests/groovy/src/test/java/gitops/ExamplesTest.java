package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Jenkinsfiles of the pages, run as they stand there but for names of servers and credentials. */
class ExamplesTest extends World {
    private static final Answer YES = Answer.submit("alice", Map.of());

    private SourceRepository source;

    @BeforeEach
    void makeSource() throws Exception {
        source = new SourceRepository(folder, name);
    }

    private static String page(String name) throws IOException {
        return Files.readString(Path.of(System.getProperty("repository"), "docs", name));
    }

    private static String block(String page, String language) throws IOException {
        Matcher found = Pattern.compile("^```" + language + "\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE).matcher(page(page));
        assertTrue(found.find(), page);
        return found.group(1);
    }

    private String example(String page) throws IOException {
        return here(block(page, "groovy"));
    }

    // declarative

    @Test
    void theDeclarativePipelineGoesFromTheBuildToProd() throws Exception {
        Build build = source.checkedOut(build(YES), "main");
        build.restartAtEveryStep = true;
        int[] busy = {-1};
        build.meanwhile = () -> busy[0] = build.executors();
        ok(build, example("jenkins-declarative.md"));
        assertTrue(message().startsWith("promote(shop): stage -> prod " + build.number), message());
        assertTrue(message().contains("Gitops-Approved-By: alice"), message());
        assertTrue(git("show", "refs/notes/gitops-ci").contains("\"integration\""));
        assertEquals(0, busy[0]);
        assertEquals(1, count(build.log(), "unit is well\n"));
    }

    @Test
    void aPullRequestEndsAfterItsTests() throws Exception {
        Build build = source.checkedOut(build(), "main");
        build.variables.putAll(Map.of("CHANGE_ID", "7", "BRANCH_NAME", "PR-7"));
        String before = head();
        ok(build, example("jenkins-declarative.md"));
        assertTrue(build.log().contains("unit is well"), build::log);
        assertEquals(before, head());
    }

    @Test
    void aFailedCheckIsRecordedAndNothingGoesToProd() throws Exception {
        source.write("checks/integration.sh", "#!/bin/sh\nexit 4\n");
        source.commit("break it");
        Build build = source.checkedOut(build(YES), "main").run(example("jenkins-declarative.md"));
        assertEquals("FAILURE", build.result, build::log);
        assertTrue(git("show", "refs/notes/gitops-ci").contains("\"failed\""));
        assertTrue(message().startsWith("promote(shop): dev -> stage"), message());
        assertFalse(build.calls.contains("input"));
    }

    @Test
    void withAnAgentAtTheTopItStopsAndSaysWhatToChange() throws Exception {
        Build build = source.checkedOut(build(), "main")
                .run(example("jenkins-declarative.md").replaceFirst("agent none[^\n]*", "agent any"));
        assertEquals("FAILURE", build.result);
        assertTrue(build.log().contains("gitopsPromote: call it outside node"), build::log);
        assertTrue(build.log().contains("agent none at the top"), build::log);
    }

    @Test
    void aGlobalLibraryRunsTheSame() throws Exception {
        Build build = source.checkedOut(build(YES), "main");
        build.sandbox = false;
        ok(build, example("jenkins-declarative.md"));
        assertTrue(message().startsWith("promote(shop): stage -> prod " + build.number), message());
    }

    // release branch

    private Build of(String kind, String ref, Answer... answers) throws Exception {
        Build build = source.checkedOut(build(answers), ref);
        build.job = "shop/" + ref;
        build.variables.put("BRANCH_NAME", ref);
        if (kind.equals("tag")) {
            build.variables.put("TAG_NAME", ref);
        }
        return build;
    }

    private void configure() throws Exception {
        policy(block("jenkins-release-branch.md", "yaml")
                .replace("manual-app:", "shop:").replace("registry.example.com/manual-app", "\"" + REGISTRY + "/shop\""));
    }

    @Test
    void aBranchAndATagCarryTheImageOfTheirRevisionToStageAndProd() throws Exception {
        configure();
        String pipeline = example("jenkins-release-branch.md");
        Build built = ok(of("branch", "main"), pipeline);
        assertTrue(built.log().contains("feeds dev: build"), built::log);
        assertTrue(message().startsWith("update(shop): dev " + built.number), message());

        source.git("checkout", "-q", "-b", "release", "HEAD");
        source.git("checkout", "-q", "main");
        source.commit("goes on");
        Build newer = ok(of("branch", "main"), pipeline);
        Build stage = ok(of("branch", "release"), pipeline);
        assertTrue(stage.log().contains("feeds stage: promote"), stage::log);
        assertTrue(message().startsWith("promote(shop): dev -> stage " + built.number), message());

        source.git("checkout", "-q", "release");
        source.git("merge", "-q", "--no-ff", "-m", "Release 1.0", "main");
        source.git("tag", "-a", "-m", "Release 1.0", "v1.0");
        Build merged = ok(of("branch", "release"), pipeline);
        assertTrue(message().startsWith("promote(shop): dev -> stage " + newer.number), message());
        Build tagged = ok(of("tag", "v1.0", YES), pipeline);
        assertTrue(message().startsWith("promote(shop): stage -> prod " + newer.number), message());
        assertTrue(message().contains("Gitops-Approved-By: alice"), message());
        for (Build each : new Build[] {stage, merged, tagged}) {
            assertFalse(each.log().contains("was built with"), each::log);
        }
    }

    @Test
    void whatNobodyBuiltIsRefusedAndNotBuiltNow() throws Exception {
        configure();
        String pipeline = example("jenkins-release-branch.md");
        ok(of("branch", "main"), pipeline);
        source.git("checkout", "-q", "-b", "release");
        source.write("hello", "a hotfix that no build has seen\n");
        source.commit("hotfix");
        String before = head();
        Build build = of("branch", "release").run(pipeline);
        assertEquals("FAILURE", build.result, build::log);
        assertTrue(build.log().contains("ERROR: gitopsRoute: no release of shop"), build::log);
        assertFalse(build.log().contains("was built with"), build::log);
        assertEquals(before, head());
    }

    @Test
    void otherBranchesAndPullRequestsChangeNothing() throws Exception {
        configure();
        source.git("branch", "feature/x");
        String before = head();
        Build build = ok(of("branch", "feature/x"), example("jenkins-release-branch.md"));
        assertTrue(build.log().contains("feeds no environment: none"), build::log);
        Build request = of("branch", "main");
        request.variables.putAll(Map.of("BRANCH_NAME", "PR-7", "CHANGE_ID", "7"));
        assertTrue(ok(request, example("jenkins-release-branch.md")).log().contains("feeds no environment: none"));
        assertEquals(before, head());
    }

    private static int count(String text, String part) {
        return (text.length() - text.replace(part, "").length()) / part.length();
    }
}
