package harness;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** `checkout`: files of the source come into a workspace. */
final class Source {
    private Source() {
    }

    /** What the checkout tells: a scripted pipeline has it as the step's value only, not among its variables. */
    static Map<String, String> checkout(Path folder, Build build) throws Exception {
        build.scm.write(folder);
        Map<String, String> told = new LinkedHashMap<>();
        if (Files.exists(folder.resolve(".git"))) {
            Process git = new ProcessBuilder("git", "-C", folder.toString(), "rev-parse", "HEAD").start();
            told.put("GIT_COMMIT", new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());
        }
        return told;
    }
}
