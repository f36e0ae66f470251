package harness;

import com.cloudbees.groovy.cps.Outcome;
import groovy.lang.Closure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** Steps with a body. */
final class Blocks {
    private static final Program.Block PLAIN = (outcome, program) -> outcome;

    private Blocks() {
    }

    static Outcome start(StepCall call, Program program, Build build) throws Exception {
        Context context = program.context();
        return switch (call.name) {
            case "node" -> node(call, program, build);
            case "dir" -> program.enter(call.body, context.in(folder(context, call).toString()), PLAIN);
            case "stage" -> {
                build.print("[stage] " + call.main("name"));
                yield program.enter(call.body, context, PLAIN);
            }
            case "lock" -> {
                build.print("[lock] " + call.main("resource"));
                yield program.enter(call.body, context, PLAIN);
            }
            case "withEnv" -> program.enter(call.body, context.with(overrides(call), List.of()), PLAIN);
            case "withCredentials" -> Binding.start(call, program, build);
            case "timeout" -> program.enter(call.body, context.until(build.clock + length(call)), PLAIN);
            case "retry" -> program.enter(call.body, context, new Again(((Number) call.main("count")).intValue(), call.body, context));
            case "parallel" -> throw new IllegalArgumentException("parallel takes a map of closures");
            default -> throw new IllegalArgumentException(call.name + " takes no body");
        };
    }

    private static Outcome node(StepCall call, Program program, Build build) throws IOException {
        String place = build.workspace().toString() + (build.executors++ > 0 ? "@" + build.executors : "");
        Files.createDirectories(Path.of(place));
        build.print("Running on built-in in " + place);
        Map<String, String> known = new LinkedHashMap<>();
        known.put("NODE_NAME", "built-in");
        known.put("WORKSPACE", place);
        known.put("EXECUTOR_NUMBER", "0");
        Context inside = program.context().with(known, List.of()).on("built-in", place);
        return program.enter(call.body, inside, new Release());
    }

    private static Path folder(Context context, StepCall call) throws IOException {
        return Files.createDirectories(Path.of(context.folder()).resolve(call.main("path").toString()));
    }

    private static Map<String, String> overrides(StepCall call) {
        Map<String, String> found = new LinkedHashMap<>();
        for (Object each : Steps.list(call.main("overrides"))) {
            String text = each.toString();
            int sign = text.indexOf('=');
            if (sign < 0) {
                throw new IllegalArgumentException("no = in " + text);
            }
            if (text.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("Invalid environment variable value");
            }
            found.put(text.substring(0, sign), text.substring(sign + 1));
        }
        return found;
    }

    private static long length(StepCall call) {
        String unit = call.text("unit");
        return TimeUnit.valueOf(unit == null ? "MINUTES" : unit).toMillis(((Number) call.main("time")).longValue());
    }

    /** Gives the executor back. */
    private static final class Release implements Program.Block {
        private static final long serialVersionUID = 1;

        @Override
        public Outcome ended(Outcome outcome, Program program) {
            Build.current().executors--;
            return outcome;
        }
    }

    /** Runs a failed body again; an interruption is passed on. */
    private record Again(int left, Closure<?> body, Context context) implements Program.Block {
        @Override
        public Outcome ended(Outcome outcome, Program program) {
            if (outcome.isSuccess() || left <= 1 || outcome.getAbnormal() instanceof FlowInterruptedException) {
                return outcome;
            }
            return program.enter(body, context, new Again(left - 1, body, context));
        }
    }
}
