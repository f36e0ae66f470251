package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Build;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;

/** Where the program comes from on an agent. What stands for it writes no result: that it has run is in the log. */
class ToolTest extends World {
    private static final int LARGE = 400_000;
    private static final String OWN = version();

    private static String version() {
        try {
            String text = Files.readString(Path.of(System.getProperty("repository"), "gitops_ci", "__init__.py"));
            return text.replaceFirst("(?s).*__version__ = \"(.*?)\".*", "$1");
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
    }

    private static Path wheel(String version) {
        return Path.of(System.getenv("VARS_WHEELS"), "gitops_ci-" + version + "-py3-none-any.whl");
    }

    private String update(String tool) {
        return "gitopsUpdate(PLACE, env: 'dev', tag: '15', tool: [%shome: '%s/tools'])".formatted(tool, folder);
    }

    private static String source(String version) {
        return "source: 'gitops-ci @ %s', ".formatted(wheel(version).toUri());
    }

    /** A build of a library whose resources hold what a release has, on an agent that has Python alone. */
    private Build bare(String carried) throws Exception {
        Build build = build();
        build.resources = folder.resolve("library");
        if (!Files.exists(build.resources)) {
            Path from = Path.of(System.getProperty("repository"), "resources", "gitops-ci");
            try (Stream<Path> all = Files.walk(from)) {
                for (Path file : all.filter(each -> each.toString().endsWith(".py") || each.endsWith("run.sh")).toList()) {
                    Path to = build.resources.resolve("gitops-ci").resolve(from.relativize(file));
                    Files.createDirectories(to.getParent());
                    Files.copy(file, to);
                }
            }
            if (carried != null) {
                carry(build.resources.resolve("gitops-ci"), carried);
            }
        }
        build.agent.put("PATH", path());
        return build;
    }

    private static void carry(Path resources, String version) throws Exception {
        byte[] large = large(wheel(version));
        byte[] lock = "# nothing else\n".getBytes();
        Files.write(resources.resolve("wheel.b64"), Base64.getMimeEncoder(76, "\n".getBytes()).encode(large));
        Files.write(resources.resolve("requirements.txt"), lock);
        Files.writeString(resources.resolve("wheel.json"), "{\"version\": \"%s\", \"file\": \"%s\", \"sha256\": \"%s\", \"requirements\": \"%s\"}\n"
                .formatted(version, wheel(version).getFileName(), sha256(large), sha256(lock)));
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    /** The wheel with as much in it as the real one has. */
    private static byte[] large(Path wheel) throws IOException {
        byte[] noise = new byte[LARGE];
        new Random(1).nextBytes(noise);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(wheel)); ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                out.putNextEntry(new ZipEntry(entry.getName()));
                in.transferTo(out);
            }
            out.putNextEntry(new ZipEntry("stub_of_gitops.noise"));
            out.write(noise);
        }
        return bytes.toByteArray();
    }

    /** The folders of PATH without those that hold a gitops-ci, behind one with the Python of the tests. */
    private String path() throws IOException {
        Path own = Files.createDirectories(folder.resolve("bin"));
        List<String> others = new ArrayList<>(List.of(own.toString()));
        for (String each : System.getenv("PATH").split(File.pathSeparator)) {
            if (!Files.exists(Path.of(each, "gitops-ci"))) {
                others.add(each);
            } else if (!Files.exists(own.resolve("python3"))) {
                Files.createSymbolicLink(own.resolve("python3"), Path.of(each, "python").toRealPath());
            }
        }
        return String.join(File.pathSeparator, others);
    }

    private static long count(Build build, String step) {
        return build.calls.stream().filter(step::equals).count();
    }

    private static long installations(Build build) {
        return build.log().lines().filter(line -> line.startsWith("installing ")).count();
    }

    @Test
    void theLibraryInstallsTheProgramThatItCarriesOnce() throws Exception {
        Build first = bare(OWN);
        first.restartAtEveryStep = true;
        first.run(pipeline(update("")));
        assertTrue(first.log().contains("\ngitops-ci, version " + OWN + "\n"), first::log);
        assertEquals(2, count(first, "sh"), first::log);
        assertEquals(1, installations(first));
        noStepHoldsTheWheelButTheOneThatWritesIt(first);
        Build second = bare(OWN).run(pipeline(update("")));
        assertTrue(second.log().contains("\ngitops-ci, version " + OWN + "\n"), second::log);
        assertEquals(1, count(second, "sh"), second::log);
        assertEquals(0, count(second, "writeFile") + installations(second), second::log);
    }

    private static void noStepHoldsTheWheelButTheOneThatWritesIt(Build build) {
        assertTrue(build.saved.remove("writeFile") > LARGE, () -> build.saved.toString());
        assertTrue(build.saved.get("sh") > 0, () -> build.saved.toString());
        build.saved.forEach((step, bytes) -> assertTrue(bytes < LARGE / 4, () -> build.saved.toString()));
    }

    @Test
    void aLibraryOfABranchWithTheWheelOfAReleaseSaysSo() throws Exception {
        Build build = failed(bare("9.9.9"), update(""), "ERROR: gitopsUpdate: gitops-ci %s can't be installed into %s/tools/%s-".formatted(OWN, folder, OWN));
        assertTrue(build.log().contains(": this library is " + OWN + " (taken from a branch?) and carries gitops-ci 9.9.9\n"
                + "give tool: [source: ...], or take a release's tag\nFinished: FAILURE"), build::log);
    }

    @Test
    void aLibraryOfABranchWithoutAWheelSaysSo() throws Exception {
        failed(bare(null), update(""), ": this library is " + OWN + " (taken from a branch?) and carries no gitops-ci\n"
                + "give tool: [source: ...], or take a release's tag\nFinished: FAILURE");
    }

    @Test
    void anAgentWithoutPythonIsAnErrorOfTheBuild() throws Exception {
        Build build = bare(OWN);
        Path empty = Files.createDirectories(folder.resolve("empty"));
        for (String name : List.of("sh", "env", "sed", "mkdir", "sha256sum", "cut")) {
            Files.createSymbolicLink(empty.resolve(name), found(name));
        }
        build.agent.put("PATH", empty.toString());
        failed(build, update(""), "ERROR: gitopsUpdate: gitops-ci " + OWN + " is not on PATH, and there is no Python 3.11 or newer");
    }

    private static Path found(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator)).map(each -> Path.of(each, program)).filter(Files::exists)
                .findFirst().orElseThrow();
    }

    @Test
    void twoBuildsInstallItOnceAndAnotherSourceStaysBeside() throws Exception {
        ExecutorService all = Executors.newFixedThreadPool(3);
        Callable<Build> carried = () -> bare(OWN).run(pipeline(update("")));
        Callable<Build> other = () -> build().run(pipeline(update(source(OWN))));
        bare(OWN);
        List<Build> builds = new ArrayList<>();
        for (Future<Build> each : all.invokeAll(List.of(carried, carried, other))) {
            builds.add(each.get());
        }
        all.shutdown();
        for (Build each : builds) {
            assertTrue(each.log().contains("\ngitops-ci, version " + OWN + "\n"), each::log);
        }
        assertEquals(1, installations(builds.get(0)) + installations(builds.get(1)));
        assertEquals(1, installations(builds.get(2)));
        assertEquals(0, installations(bare(OWN).run(pipeline(update("")))));
        try (Stream<Path> places = Files.list(folder.resolve("tools"))) {
            assertEquals(2, places.filter(Files::isSymbolicLink).count());
        }
    }
}
