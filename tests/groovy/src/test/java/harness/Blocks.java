package harness;

import com.cloudbees.groovy.cps.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException;

/** Steps with a body. */
final class Blocks {
    private static final Branch.Block PLAIN = (outcome, program) -> outcome;

    private Blocks() {
    }

    static Outcome start(StepCall call, Program program, Build build) throws Exception {
        Context context = program.context();
        return switch (call.name) {
            case "node" -> program.await(new Node(program, build));
            case "lock" -> program.await(new Lock(program, build));
            case "dir" -> program.enter(call.body, context.in(folder(context, call).toString()), PLAIN);
            case "stage" -> {
                build.print("[stage] " + call.main("name"));
                yield program.enter(call.body, context, PLAIN);
            }
            case "withEnv" -> program.enter(call.body, context.with(overrides(call), List.of()), PLAIN);
            case "withCredentials" -> Binding.start(call, program, build);
            case "timeout" -> {
                Context.Deadline deadline = new Context.Deadline(build.now() + length(call));
                build.print("Timeout set to expire in " + call.main("time") + " " + unit(call));
                yield program.enter(call.body, context.until(deadline), new Bounded(deadline));
            }
            default -> throw new IllegalArgumentException(call.name + " takes no body");
        };
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

    private static String unit(StepCall call) {
        return call.text("unit") == null ? "MINUTES" : call.text("unit");
    }

    private static long length(StepCall call) {
        return TimeUnit.valueOf(unit(call)).toMillis(((Number) call.main("time")).longValue());
    }

    /** `node`: waits for an executor with its label, and gives it back. */
    private static final class Node implements Waiting {
        private final Program program;
        private final Build build;
        private boolean told;

        Node(Program program, Build build) {
            this.program = program;
            this.build = build;
        }

        @Override
        public Outcome ask() throws IOException {
            StepCall call = program.current().call;
            String label = call.main("label") == null ? "" : call.main("label").toString();
            int executor = build.controller.take(build, label);
            if (executor < 0) {
                if (!told) {
                    build.print("Still waiting to schedule task");
                    told = true;
                }
                return null;
            }
            String place = Controller.workspace(build.workspace().toString());
            Files.createDirectories(Path.of(place));
            build.print("Running on built-in in " + place);
            Map<String, String> known = new LinkedHashMap<>();
            known.put("NODE_NAME", "built-in");
            known.put("NODE_LABELS", String.join(" ", build.controller.labels));
            known.put("WORKSPACE", place);
            known.put("WORKSPACE_TMP", place + "@tmp");
            known.put("EXECUTOR_NUMBER", Integer.toString(executor));
            return program.enter(call.body, program.context().on("built-in", place, known), new Release(executor, place));
        }

        @Override
        public boolean lively() {
            return build.controller.others(build);
        }

        @Override
        public String what() {
            return "node: no executor with its label gets free";
        }
    }

    private record Release(int executor, String place) implements Branch.Block {
        @Override
        public Outcome ended(Outcome outcome, Program program) {
            Controller.leave(place);
            Build.current().controller.giveBack(executor);
            return outcome;
        }
    }

    /** `lock`: one after the other, in the order of asking. */
    private static final class Lock implements Waiting {
        private final Program program;
        private final Build build;
        private final String name;
        private final int branch;
        private boolean told;

        Lock(Program program, Build build) {
            this.program = program;
            this.build = build;
            this.branch = program.current().id;
            this.name = String.valueOf(program.current().call.main("resource"));
        }

        @Override
        public Outcome ask() {
            if (!build.controller.lock(name, build, branch)) {
                if (!told) {
                    build.print("[Resource: " + name + "] is not free, waiting for execution ...");
                    told = true;
                }
                return null;
            }
            build.print("Lock acquired on [Resource: " + name + "]");
            return program.enter(program.current().call.body, program.context(), new Unlock(name, branch));
        }

        @Override
        public Outcome stop(Throwable reason) {
            build.controller.unlock(name, build, branch);
            return new Outcome(null, reason);
        }

        @Override
        public boolean lively() {
            return build.controller.others(build);
        }

        @Override
        public String what() {
            return "lock " + name;
        }
    }

    private record Unlock(String name, int branch) implements Branch.Block {
        @Override
        public Outcome ended(Outcome outcome, Program program) {
            Build build = Build.current();
            build.controller.unlock(name, build, branch);
            build.print("Lock released on resource [Resource: " + name + "]");
            return outcome;
        }
    }

    private record Bounded(Context.Deadline deadline) implements Branch.Block {
        @Override
        public Outcome ended(Outcome outcome, Program program) {
            if (deadline.over && outcome.getAbnormal() instanceof FlowInterruptedException) {
                Build.current().print("Timeout has been exceeded");
            }
            return outcome;
        }
    }
}
