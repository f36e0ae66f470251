package harness;

import com.cloudbees.groovy.cps.Outcome;
import groovy.lang.GString;
import hudson.AbortException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** `sh` as durable-task runs it: with -xe, the agent's own variables showing through, stderr in the log as it is written. */
final class Shell implements Waiting {
    /** Milliseconds until what does not end is killed. */
    private static final long GRACE = 120_000;

    private final Build build;
    private final String label;
    private final boolean wanted;
    private final boolean statusOnly;
    private final Path script;
    private final Path out;
    private final Path err;
    private final Process process;
    private Throwable reason;
    private long since;

    private Shell(StepCall call, Context context, Build build) throws IOException {
        this.build = build;
        label = String.valueOf(call.main("script")).lines().findFirst().orElse("");
        wanted = Boolean.TRUE.equals(call.arguments.get("returnStdout"));
        statusOnly = Boolean.TRUE.equals(call.arguments.get("returnStatus"));
        script = Files.writeString(Files.createTempFile("script", ".sh"), String.valueOf(call.main("script")));
        script.toFile().setExecutable(true);
        out = Files.createTempFile("out", "");
        err = Files.createTempFile("err", "");
        process = started(context);
    }

    static Outcome start(StepCall call, Context context, Build build) throws IOException {
        Object text = call.main("script");
        if (text instanceof GString && context.secrets().stream().anyMatch(text.toString()::contains)) {
            build.print("Warning: A secret was passed to \"sh\" using Groovy String interpolation, which is insecure.");
        }
        return build.program().await(new Shell(call, context, build));
    }

    private Process started(Context context) throws IOException {
        String file = script.toString();
        List<String> command = Files.readString(script).startsWith("#!") ? List.of(file) : List.of("sh", "-xe", file);
        Files.createDirectories(Path.of(context.folder()));
        ProcessBuilder builder = new ProcessBuilder(command).directory(new File(context.folder()))
                .redirectOutput(out.toFile()).redirectError(err.toFile()).redirectInput(new File("/dev/null"));
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("GITOPS") || name.startsWith("GIT_") || name.startsWith("VARS_"));
        environment.putAll(build.agent);
        Map<String, String> all = new java.util.LinkedHashMap<>(build.variables);
        all.putAll(context.variables());
        put(environment, all);
        // other tests write scripts at the same time, and a process that was forked meanwhile may still hold one open: text file busy
        for (int attempt = 1;; attempt++) {
            try {
                return builder.start();
            } catch (IOException problem) {
                if (attempt == 20 || !String.valueOf(problem.getMessage()).contains("error=26")) {
                    throw problem;
                }
                java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
            }
        }
    }

    /** An empty value is no variable for Jenkins: what the agent's process has under that name shows through. */
    private static void put(Map<String, String> environment, Map<String, String> more) {
        more.forEach((name, value) -> {
            if (name.startsWith("PATH+")) {
                environment.merge("PATH", value, (old, added) -> added + ":" + old);
            } else if (!value.isEmpty()) {
                environment.put(name, value);
            }
        });
    }

    @Override
    public Outcome ask() throws IOException {
        if (process.isAlive()) {
            if (reason != null && System.currentTimeMillis() - since > GRACE) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
            return null;
        }
        try {
            show(err);
            String told = Files.readString(out, StandardCharsets.UTF_8);
            if (!wanted) {
                show(out);
            }
            if (reason != null) {
                return new Outcome(null, reason);
            }
            int code = process.exitValue();
            if (statusOnly) {
                return new Outcome(code, null);
            }
            return code == 0 ? new Outcome(wanted ? told : null, null) : new Outcome(null, new AbortException("script returned exit code " + code));
        } finally {
            for (Path each : List.of(script, out, err)) {
                Files.deleteIfExists(each);
            }
        }
    }

    @Override
    public Outcome stop(Throwable interruption) {
        if (reason == null) {
            build.print("Sending interrupt signal to process");
            reason = interruption;
            since = System.currentTimeMillis();
            List<ProcessHandle> all = process.descendants().toList();
            process.destroy();
            all.forEach(ProcessHandle::destroy);
        }
        return null;
    }

    @Override
    public boolean lively() {
        return true;
    }

    @Override
    public String what() {
        return "sh " + label;
    }

    private void show(Path file) throws IOException {
        Files.readString(file, StandardCharsets.UTF_8).lines().forEach(build::print);
    }
}
