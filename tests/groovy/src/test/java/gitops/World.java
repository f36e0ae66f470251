package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import harness.Answer;
import harness.Build;
import harness.Causes;
import harness.Credential;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A GitOps repository of its own on the real server, and builds that work on it. */
abstract class World {
    static final String REGISTRY = System.getenv("VARS_REGISTRY");
    /** What every call of the examples gives. */
    static final String PLACE = "repo: env.GITOPS, gitCredentials: 'git', registryCredentials: 'registry', plainHttp: env.REGISTRY";

    @TempDir
    Path folder;
    String name;

    @BeforeEach
    void makeRepository() throws Exception {
        name = UUID.randomUUID() + ".git";
        copy(Path.of(System.getenv("VARS_ROOT"), "template.git"), repository());
    }

    Path repository() {
        return Path.of(System.getenv("VARS_ROOT"), name);
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Files.copy(each, to.resolve(from.relativize(each).toString()));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    /** What was done to a repository in some state, once for all tests: the folders with what it came to. */
    private static final Map<String, Path> PREPARED = new HashMap<>();

    /** Do what many tests begin with, or copy what it came to when a repository with the same refs had it done. */
    void prepared(String what, Work work) throws Exception {
        String key = what + "\n" + git("for-each-ref");
        Path kept = PREPARED.get(key);
        if (kept != null) {
            delete(repository());
            copy(kept, repository());
            return;
        }
        work.run();
        kept = repository().resolveSibling("prepared-" + PREPARED.size());
        copy(repository(), kept);
        PREPARED.put(key, kept);
    }

    /** A build that carol started, of a library that a folder brings: in the sandbox. */
    Build build(Answer... answers) {
        Build build = new Build(folder);
        build.sandbox = true;
        build.reviewed = true;
        build.variables.put("GITOPS", System.getenv("VARS_GIT") + name);
        build.variables.put("REGISTRY", REGISTRY);
        build.variables.put("ARGOCD", System.getenv("VARS_ARGOCD") + name);
        build.credentials.put("argocd", Credential.text(System.getenv("VARS_ARGOCD_TOKEN")));
        build.causes.add(Causes.user("carol"));
        build.credentials.put("git", Credential.login("jenkins", System.getenv("VARS_GIT_PASSWORD")));
        build.credentials.put("registry", Credential.login(System.getenv("VARS_REGISTRY_USER"), System.getenv("VARS_REGISTRY_PASSWORD")));
        build.answers.addAll(List.of(answers));
        return build;
    }

    /** The pipeline of an example, with the names of this world in place of those that it has. */
    String here(String example) {
        return example.replaceFirst("@Library.*\n", "")
                .replace("https://git.example.com/team/manual-app-helm.git", System.getenv("VARS_GIT") + name)
                .replace("'registry.example.com/manual-app', registryCredentials: 'registry-writer'", "'" + REGISTRY
                        + "/shop', registryCredentials: 'registry', plainHttp: env.REGISTRY, engine: 'buildah', "
                        + "buildOption: '--isolation=chroot', engineOption: env.ENGINE.split(',').toList()")
                .replace("registryCredentials: 'registry-reader',", "registryCredentials: 'registry', plainHttp: env.REGISTRY,")
                .replace("argocdCredentials: 'argocd-reader',", "argocdCredentials: 'argocd', argocdServer: env.ARGOCD,").replace("wait: true", "wait: true, stable: '1s'")
                .replace("'gitops-writer'", "'git'").replace("'manual-app'", "'shop'");
    }

    /** The pipeline of a text in which PLACE stands for the repository and the credentials. */
    static String pipeline(String text) {
        return text.replace("PLACE", PLACE);
    }

    Build ok(Build build, String text) throws IOException {
        build.run(pipeline(text));
        assertEquals("SUCCESS", build.result, () -> build.log() + trace(build));
        return build;
    }

    Build failed(Build build, String text, String words) throws IOException {
        String before = head();
        build.run(pipeline(text));
        assertEquals("FAILURE", build.result, build::log);
        assertEquals(true, build.log().contains(words), () -> "no " + words + " in " + build.log() + trace(build));
        assertEquals(before, head());
        return build;
    }

    /** What another build does meanwhile. */
    interface Work {
        void run() throws Exception;
    }

    static void elsewhere(Work work) {
        try {
            Build.elsewhere(() -> {
                work.run();
                return null;
            });
        } catch (Exception problem) {
            throw new AssertionError(problem);
        }
    }

    /** Bring a release to stage, as a build does. */
    void stage(String tag) throws Exception {
        prepared("stage " + tag, () -> ok(build(), "gitopsUpdate(PLACE, env: 'dev', tag: '%s')\ngitopsPromote(PLACE, to: 'stage')".formatted(tag)));
    }

    /** Replace gitops.yaml by a commit of its own. */
    void policy(String text) throws Exception {
        Path work = folder.resolve("policy");
        SourceRepository.run(folder, "git", "clone", "-q", repository().toString(), work.toString());
        Files.writeString(work.resolve("gitops.yaml"), text);
        SourceRepository.run(work, "git", "commit", "-q", "-a", "-m", "Policy");
        SourceRepository.run(work, "git", "push", "-q", "origin", "HEAD:main");
    }

    String head() throws IOException {
        return git("rev-parse", "main");
    }

    String message() throws IOException {
        return git("log", "-1", "--format=%B", "main");
    }

    String git(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("git", "-C", Path.of(System.getenv("VARS_ROOT"), name).toString()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }

    private static String trace(Build build) {
        if (build.failure == null) {
            return "";
        }
        java.io.StringWriter text = new java.io.StringWriter();
        build.failure.printStackTrace(new java.io.PrintWriter(text));
        return text.toString();
    }
}
