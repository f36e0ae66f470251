package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import harness.Build;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The source of an application, with what is built and what is run as checks; a build checks out a ref of it. */
final class SourceRepository {
    private static final AtomicInteger BUILDS = new AtomicInteger(1000);

    private final Path folder;

    SourceRepository(Path place, String name) throws Exception {
        folder = Files.createDirectories(place.resolve("source"));
        git("init", "-q", "-b", "main");
        write("Dockerfile", "FROM scratch\nCOPY hello /hello\n");
        write("hello", "hello " + name + "\n");
        for (String check : new String[] {"unit", "dev", "integration"}) {
            Path file = write("checks/" + check + ".sh", "#!/bin/sh\necho " + check + " is well\n");
            file.toFile().setExecutable(true);
        }
        commit("source");
    }

    Path write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        return Files.writeString(path, text);
    }

    void commit(String message) throws Exception {
        git("add", "--all");
        git("commit", "-q", "--allow-empty", "-m", message);
    }

    /** Give a build the number after the last one, the tools to build with, and a checkout of a ref. */
    Build checkedOut(Build build, String ref) {
        build.number = BUILDS.getAndIncrement();
        Path storage = folder.resolveSibling("storage");
        build.variables.put("ENGINE", "--root=" + storage + ",--runroot=" + folder.resolveSibling("run") + ",--storage-driver=vfs");
        build.scm = checkout -> {
            if (!Files.exists(checkout.resolve(".git"))) {
                run(folder, "git", "clone", "-q", folder.toString(), checkout.toString());
            }
            run(checkout, "git", "fetch", "-q", "--tags", "origin");
            run(checkout, "git", "checkout", "-q", "--detach", git("rev-parse", ref + "^{commit}"));
        };
        return build;
    }

    String git(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(words));
        return run(folder, command.toArray(String[]::new));
    }

    static String run(Path where, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(where.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertEquals(0, process.waitFor(), String.join(" ", command));
        return told;
    }
}
