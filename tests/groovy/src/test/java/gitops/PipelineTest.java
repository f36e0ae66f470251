package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
        String example = Files.readString(Path.of(System.getProperty("repository"), "Jenkinsfile.example"))
                .replaceFirst("@Library.*\n", "")
                .replace("https://git.example.com/team/manual-app-helm.git", System.getenv("VARS_GIT") + name)
                .replace("registry.example.com/manual-app'", REGISTRY + "/shop', plainHttp: env.REGISTRY, " + ENGINE)
                .replace("registryCredentials: 'registry-reader',", "registryCredentials: 'registry', plainHttp: env.REGISTRY,")
                .replace("'gitops-writer'", "'git'").replace("'registry-writer'", "'registry'").replace("'manual-app'", "'shop'");
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
    void theReportIsKeptAsArtifactsWhereThePluginIsMissing() throws Exception {
        Build build = ok(build(), "gitopsStatus(PLACE)");
        assertTrue(build.calls.contains("archiveArtifacts"));
        Build second = build();
        second.plugins.add("publishHTML");
        assertTrue(ok(second, "gitopsStatus(PLACE)").log().contains("[publishHTML]"));
    }
}
