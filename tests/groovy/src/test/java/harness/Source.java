package harness;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** `checkout` and `stash`: files of the source come into a workspace. */
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

    static Path stash(Context context, StepCall call, Build build) throws IOException {
        Path kept = Files.createTempDirectory(build.folder, "stash");
        for (String name : call.text("includes").split("\\s*,\\s*")) {
            Files.copy(Steps.path(context, name), kept.resolve(Path.of(name).getFileName()));
        }
        return kept;
    }

    static void unstash(Path kept, Path folder) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(kept)) {
            files.addAll(all.toList());
        }
        for (Path file : files) {
            Files.copy(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
