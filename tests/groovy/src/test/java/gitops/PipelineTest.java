package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Whole pipelines: a real build with buildah, a real push, and every environment. */
class PipelineTest extends World {
    private static final String ENGINE = "engine: 'buildah', buildOption: '--isolation=chroot', engineOption: env.ENGINE.split(',').toList()";

    private static int builds = 100;

    private Build source(Build build) throws Exception {
        build.number = builds++;
        build.variables.put("ENGINE", "--root=" + folder + "/storage,--runroot=" + folder + "/run,--storage-driver=vfs");
        build.scm = checkout -> {
            Files.writeString(checkout.resolve("Dockerfile"), "FROM scratch\nCOPY hello /hello\n");
            Files.writeString(checkout.resolve("hello"), "hello " + name + "\n");
            if (Files.exists(checkout.resolve(".git"))) {
                return;
            }
            Files.createDirectories(checkout.resolve("checks"));
            for (String check : new String[] {"dev", "integration"}) {
                Path file = Files.writeString(checkout.resolve("checks/" + check + ".sh"), "#!/bin/sh\necho " + check + " is well\n");
                file.toFile().setExecutable(true);
            }
            for (String words : new String[] {"init -q", "add --all", "commit -q -m source"}) {
                List<String> command = new ArrayList<>(List.of("git", "-C", checkout.toString()));
                command.addAll(List.of(words.split(" ")));
                assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
            }
        };
        return build;
    }

    @Test
    void theExampleRunsFromTheBuildToProd() throws Exception {
        String example = here(Files.readString(Path.of(System.getProperty("repository"), "Jenkinsfile.example")));
        Build build = ok(source(build(Answer.submit("alice", Map.of()))), example);
        assertTrue(build.log().contains("integration is well"), build::log);
        assertTrue(message().startsWith("promote(shop): stage -> prod " + build.number), message());
        assertTrue(git("log", "--format=%s", "refs/notes/gitops-ci").length() > 0);
    }

    @Test
    void oneCallBuildsTestsRecordsAndPromotes() throws Exception {
        ok(source(build(Answer.submit("bob", Map.of()))), """
                gitopsPipeline(app: 'shop', image: env.REGISTRY + '/shop', PLACE, %s,
                    tests: [dev: { sh './checks/dev.sh' }],
                    checks: [stage: [integration: { sh './checks/integration.sh' }]],
                    approval: [submitter: 'alice,bob'])
                """.formatted(ENGINE));
        assertTrue(message().contains("Gitops-Approved-By: bob"), message());
        assertTrue(git("show", "refs/notes/gitops-ci").contains("\"integration\""));
    }

    @Test
    void itPromotesItsOwnReleaseWhateverDevRunsByThen() throws Exception {
        Build build = source(build(Answer.submit("bob", Map.of())));
        build.watch = (step, arguments) -> {
            if (step.equals("stage") && arguments.containsValue("stage")) {
                elsewhere(() -> ok(build(), "gitopsUpdate(PLACE, env: 'dev', tag: '16', allowOlder: true)"));
            }
        };
        ok(build, "gitopsPipeline(app: 'shop', image: env.REGISTRY + '/shop', PLACE, %s)".formatted(ENGINE));
        assertTrue(git("show", "main:values-dev.yaml").contains("tag: \"16\""));
        assertTrue(message().startsWith("promote(shop): stage -> prod " + build.number), message());
    }

    @Test
    void byRoutesABranchIsBuiltAndAnotherOneGetsTheSameImage() throws Exception {
        policy("""
                version: 1
                apps:
                  shop: {images: [{repository: "%s/shop", tag: image.tag, digest: image.digest}]}
                environments:
                  dev: {}
                  prod: {from: dev, approval: {approvers: [alice]}}
                routes:
                  - {branch: main, environment: dev}
                  - {tag: "v*", environment: prod}
                """.formatted(REGISTRY));
        SourceRepository source = new SourceRepository(folder, name);
        String pipeline = "gitopsPipeline(app: 'shop', image: env.REGISTRY + '/shop', PLACE, routes: true, %s)".formatted(ENGINE);
        Build built = source.checkedOut(build(), "main");
        built.variables.put("BRANCH_NAME", "main");
        ok(built, pipeline);
        assertTrue(message().startsWith("update(shop): dev " + built.number), message());

        source.git("tag", "-a", "-m", "1.0", "v1.0");
        Build tagged = source.checkedOut(build(Answer.submit("alice", Map.of())), "v1.0");
        tagged.variables.putAll(Map.of("BRANCH_NAME", "v1.0", "TAG_NAME", "v1.0"));
        ok(tagged, pipeline);
        assertTrue(message().startsWith("promote(shop): dev -> prod " + built.number), message());

        Build topic = source.checkedOut(build(), "main");
        topic.variables.put("BRANCH_NAME", "topic");
        String before = head();
        ok(topic, pipeline);
        assertTrue(topic.log().contains("branch topic feeds no environment: nothing is built, and nothing promoted"), topic::log);
        assertEquals(before, head());
    }

    @Test
    void anInterruptedCheckIsNeitherPassedNorFailed() throws Exception {
        Build build = source(build()).run(pipeline("""
                gitopsPipeline(app: 'shop', image: env.REGISTRY + '/shop', PLACE, %s,
                    checks: [dev: [smoke: { timeout(time: 1, unit: 'SECONDS') { sh 'sleep 30' } }]])
                """.formatted(ENGINE)));
        assertEquals("ABORTED", build.result, build::log);
        assertEquals("", git("for-each-ref", "refs/notes"));
    }

    @Test
    void aCheckThatFailsIsRecordedAndEndsTheBuild() throws Exception {
        Build build = source(build()).run(pipeline("""
                gitopsPipeline(app: 'shop', image: env.REGISTRY + '/shop', PLACE, %s,
                    checks: [stage: [integration: { sh 'exit 3' }]])
                """.formatted(ENGINE)));
        assertEquals("FAILURE", build.result);
        assertTrue(build.log().contains("script returned exit code 3"), build::log);
        assertTrue(git("show", "refs/notes/gitops-ci").contains("\"failed\""), git("show", "refs/notes/gitops-ci"));
        assertTrue(git("log", "-1", "--format=%s", "main").startsWith("promote(shop): dev -> stage"));
    }

    @Test
    void aReleaseIsWaitedForUntilArgoCdRunsIt() throws Exception {
        String wait = "return gitopsWait(PLACE, env: 'dev', argocdServer: env.ARGOCD, stable: '1s'%s)";
        ok(build(), "gitopsUpdate(PLACE, env: 'dev', tag: '15')");
        Build build = ok(build(), wait.formatted(", argocdCredentials: 'argocd'"));
        assertTrue(build.log().contains("Synced and Healthy"), build::log);
        assertFalse(build.log().contains(System.getenv("VARS_ARGOCD_TOKEN")), build::log);
        assertEquals("done", ((Map<?, ?>) ((List<?>) ((Map<?, ?>) build.returned).get("rollout")).get(0)).get("state"));
        failed(build(), wait.formatted(""), "gitopsWait: ");
    }

    @Test
    void theReportIsKeptAsArtifactsWhereThePluginIsMissing() throws Exception {
        Build build = ok(build(), "gitopsStatus(PLACE)");
        assertTrue(build.calls.contains("archiveArtifacts"));
        Build second = build();
        second.plugins.add("publishHTML");
        assertTrue(ok(second, "gitopsStatus(PLACE)").log().contains("[publishHTML]"));
    }
}
