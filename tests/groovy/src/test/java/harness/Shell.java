package harness;

import hudson.AbortException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** `sh` as durable-task runs it: with -xe, the agent's own variables showing through, stderr in the log. */
final class Shell {
    private Shell() {
    }

    static Object run(StepCall call, Context context, Build build) throws IOException, InterruptedException, FlowInterruptedException {
        String script = String.valueOf(call.main("script"));
        if (!(call.main("script") instanceof String)) {
            build.print("Warning: A secret was passed to \"sh\" using Groovy String interpolation, which is insecure.");
        }
        Path file = Files.writeString(Files.createTempFile("script", ".sh"), script);
        File out = Files.createTempFile("out", "").toFile();
        File err = Files.createTempFile("err", "").toFile();
        try {
            int code = execute(script, file, context, build, out, err);
            boolean wanted = Boolean.TRUE.equals(call.arguments.get("returnStdout"));
            show(err, build);
            String told = Files.readString(out.toPath(), StandardCharsets.UTF_8);
            if (!wanted) {
                show(out, build);
            }
            if (Boolean.TRUE.equals(call.arguments.get("returnStatus"))) {
                return code;
            }
            if (code != 0) {
                throw new AbortException("script returned exit code " + code);
            }
            return wanted ? told : null;
        } finally {
            for (Path each : List.of(file, out.toPath(), err.toPath())) {
                Files.deleteIfExists(each);
            }
        }
    }

    private static int execute(String script, Path file, Context context, Build build, File out, File err)
            throws IOException, InterruptedException, FlowInterruptedException {
        List<String> command = script.startsWith("#!") ? List.of(file.toString()) : List.of("sh", "-xe", file.toString());
        file.toFile().setExecutable(true);
        ProcessBuilder process = new ProcessBuilder(command).directory(new File(context.folder())).redirectOutput(out).redirectError(err);
        Map<String, String> environment = process.environment();
        environment.keySet().removeIf(name -> name.startsWith("GITOPS") || name.startsWith("GIT_"));
        environment.putAll(build.agent);
        context.variables().forEach((name, value) -> {
            if (name.startsWith("PATH+")) {
                environment.merge("PATH", value, (old, more) -> more + ":" + old);
            } else {
                environment.put(name, value);
            }
        });
        Process started = process.redirectInput(new File("/dev/null")).start();
        long left = context.deadline() == Long.MAX_VALUE ? 600_000 : context.deadline() - build.clock;
        if (!started.waitFor(Math.max(1, left), TimeUnit.MILLISECONDS)) {
            started.descendants().forEach(ProcessHandle::destroy);
            started.destroy();
            build.print("Cancelling nested steps due to timeout");
            throw new FlowInterruptedException("timeout");
        }
        return started.exitValue();
    }

    private static void show(File file, Build build) throws IOException {
        Files.readString(file.toPath(), StandardCharsets.UTF_8).lines().forEach(build::print);
    }
}
