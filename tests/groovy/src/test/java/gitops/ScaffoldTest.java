package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The Jenkinsfiles that {@code gitops-ci init} writes, from the build to production. */
class ScaffoldTest extends World {
    private static final String ENGINE = "engine: 'buildah', buildOption: '--isolation=chroot', engineOption: env.ENGINE.split(',').toList()";

    private static int builds = 500;

    /** A repository of init, and its Jenkinsfile with the names of this world; the checkout of the GitOps repository is left out. */
    private String jenkinsfile(String strategy) throws Exception {
        name = UUID.randomUUID() + ".git";
        Process process = new ProcessBuilder("python", "-m", "tests.groovy.scaffold", name, strategy)
                .directory(Path.of(System.getProperty("repository")).toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return text.replaceFirst("@Library.*\n", "")
                .replaceAll("git\\(url: .*\\)", "echo 'the GitOps repository'")
                .replaceAll("def source = checkout\\(scm\\)",
                        "checkout(scm); def source = [GIT_COMMIT: sh(script: 'git rev-parse HEAD', returnStdout: true).trim()]")
                .replace("https://git.example.com/team/shop-helm.git", System.getenv("VARS_GIT") + name)
                .replace(REGISTRY + "/shop'", REGISTRY + "/shop', plainHttp: env.REGISTRY, " + ENGINE)
                .replace("registryCredentials: 'registry-reader',", "registryCredentials: 'registry', plainHttp: env.REGISTRY,")
                .replace("argocdCredentials: 'argocd-reader',", "argocdCredentials: 'argocd', argocdServer: env.ARGOCD,").replace("wait: true", "wait: true, stable: '1s'")
                .replace("'gitops-writer'", "'git'").replace("'registry-writer'", "'registry'");
    }

    private Build source(Build build) {
        build.number = builds++;
        build.variables.put("ENGINE", "--root=" + folder + "/storage,--runroot=" + folder + "/run,--storage-driver=vfs");
        build.scm = checkout -> {
            if (Files.exists(checkout.resolve(".git"))) {
                return;
            }
            Files.writeString(checkout.resolve("Dockerfile"), "FROM scratch\nCOPY hello /hello\n");
            Files.writeString(checkout.resolve("hello"), "hello " + name + "\n");
            Files.createDirectories(checkout.resolve("checks"));
            Path file = Files.writeString(checkout.resolve("checks/dev.sh"), "#!/bin/sh\necho \"checked $1 of $IMAGE $2\"\n");
            file.toFile().setExecutable(true);
            for (String words : new String[] {"init -q -b main", "add --all", "commit -q -m source", "branch release", "tag v1.0"}) {
                List<String> command = new ArrayList<>(List.of("git", "-C", checkout.toString()));
                command.addAll(List.of(words.split(" ")));
                ProcessBuilder git = new ProcessBuilder(command).inheritIO();
                // the same commit in the workspace of every build
                git.environment().putAll(Map.of("GIT_AUTHOR_DATE", "1700000000 +0000", "GIT_COMMITTER_DATE", "1700000000 +0000"));
                assertEquals(0, git.start().waitFor());
            }
        };
        return build;
    }

    @Test
    void onePipelineBuildsChecksAndPromotes() throws Exception {
        String text = jenkinsfile("promotion");
        Build build = ok(source(build(Answer.submit("alice", Map.of()))), text);
        String image = REGISTRY + "/shop:" + build.number;
        for (String check : new String[] {"image of " + image, "chart of " + image + " gitops", "service of " + image}) {
            assertTrue(build.log().contains("checked " + check), build::log);
        }
        assertTrue(message().startsWith("promote(shop): stage -> prod " + build.number), message());
        assertTrue(message().contains("Gitops-Approved-By: alice"), message());
    }

    @Test
    void mainIsBuiltAndTheReleaseBranchAndTheTagAreNot() throws Exception {
        String text = jenkinsfile("release-branch");
        Build main = source(build());
        main.variables.put("BRANCH_NAME", "main");
        ok(main, text);
        assertTrue(main.log().contains("checked service of " + REGISTRY + "/shop:"), main::log);
        String image = git("log", "-1", "--format=%(trailers:key=Gitops-Image)", "main");

        Build release = source(build());
        release.variables.put("BRANCH_NAME", "release");
        ok(release, text);
        assertTrue(git("log", "-1", "--format=%s", "release").startsWith("promote(shop): dev -> stage"), release::log);

        Build tag = source(build(Answer.submit("alice", Map.of())));
        tag.variables.put("BRANCH_NAME", "v1.0");
        tag.variables.put("TAG_NAME", "v1.0");
        ok(tag, text);
        assertEquals(image, git("log", "-1", "--format=%(trailers:key=Gitops-Image)", "v1.0"));
        assertTrue(git("log", "-1", "--format=%s", "v1.0").startsWith("promote(shop): stage -> prod"), tag::log);
        assertTrue(!release.log().contains("checked") && !tag.log().contains("checked"), tag::log);

        Build feature = source(build());
        feature.variables.put("BRANCH_NAME", "feature/menu");
        assertTrue(ok(feature, text).log().contains("feeds no environment"), feature::log);
    }
}
