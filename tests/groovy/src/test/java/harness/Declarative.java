package harness;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.codehaus.groovy.ast.ASTNode;
import org.codehaus.groovy.ast.expr.ClosureExpression;
import org.codehaus.groovy.ast.expr.MethodCallExpression;
import org.codehaus.groovy.ast.stmt.Statement;
import org.codehaus.groovy.control.CompilationUnit;
import org.codehaus.groovy.control.CompilerConfiguration;
import org.codehaus.groovy.control.Phases;
import org.codehaus.groovy.control.SourceUnit;

/** A small declarative pipeline: checks its sections as strictly as Jenkins does, and writes it as calls of `declarative.groovy`. */
final class Declarative {
    static final String MODEL = "declarative";
    private static final Set<String> CONDITIONS = Set.of("always", "changed", "fixed", "regression", "aborted", "failure", "success",
            "unstable", "unsuccessful", "cleanup");
    private static final Set<String> PIPELINE = Set.of("agent", "stages", "environment", "options", "parameters", "triggers", "tools", "post");
    private static final Set<String> STAGE = Set.of("agent", "when", "environment", "options", "tools", "steps", "stages", "parallel", "post",
            "failFast");
    private static final Set<String> OPTIONS = Set.of("timeout", "disableConcurrentBuilds", "buildDiscarder", "skipDefaultCheckout",
            "timestamps", "preserveStashes", "quietPeriod");
    private static final Set<String> STAGE_OPTIONS = Set.of("timeout", "skipDefaultCheckout", "timestamps");

    private final Sections source;

    private Declarative(Sections source) {
        this.source = source;
    }

    /** What Jenkins refuses before anything runs. */
    static final class InvalidException extends RuntimeException {
        private static final long serialVersionUID = 1;

        InvalidException(String message, ASTNode where) {
            super("WorkflowScript: " + where.getLineNumber() + ": " + message + " @ line " + where.getLineNumber());
        }
    }

    /** The text of a scripted pipeline: itself, or what a `pipeline { }` in it means. */
    static String scripted(String text) {
        if (!text.contains("pipeline {")) {
            return text;
        }
        CompilationUnit unit = new CompilationUnit(new CompilerConfiguration());
        SourceUnit parsed = unit.addSource("WorkflowScript", text);
        unit.compile(Phases.CONVERSION);
        Sections source = new Sections(text);
        for (Statement each : parsed.getAST().getStatementBlock().getStatements()) {
            MethodCallExpression call = Sections.call(each);
            if (call != null && call.getMethodAsString().equals("pipeline") && Sections.body(call) != null) {
                ClosureExpression body = Sections.body(call);
                String written = MODEL + ".run(" + new Declarative(source).pipeline(body) + ")\n";
                return text.substring(0, source.start(each)) + written + text.substring(source.end(body));
            }
        }
        return text;
    }

    private String pipeline(ClosureExpression body) {
        Map<String, MethodCallExpression> sections = sections(body, PIPELINE, "pipeline");
        for (String needed : new String[] {"agent", "stages"}) {
            if (!sections.containsKey(needed)) {
                throw new InvalidException("Missing required section \"" + needed + "\"", body);
            }
        }
        return map(written(sections, OPTIONS));
    }

    private Map<String, MethodCallExpression> sections(ClosureExpression body, Set<String> known, String of) {
        Map<String, MethodCallExpression> found = new LinkedHashMap<>();
        for (Statement each : Sections.statements(body)) {
            MethodCallExpression call = Sections.call(each);
            String name = call == null ? "" : call.getMethodAsString();
            if (call == null || !known.contains(name)) {
                throw new InvalidException(call == null ? "Not a valid section definition: \"" + source.text(each) + "\". Some extra configuration is required."
                        : "Invalid " + of + " section \"" + name + "\". Must be one of " + known, each);
            }
            if (found.put(name, call) != null) {
                throw new InvalidException("Multiple occurrences of the " + name + " section", each);
            }
        }
        return found;
    }

    private Map<String, String> written(Map<String, MethodCallExpression> sections, Set<String> options) {
        Map<String, String> all = new LinkedHashMap<>();
        sections.forEach((name, call) -> all.put(name, switch (name) {
            case "agent" -> agent(call);
            case "environment" -> environment(call);
            case "options" -> list(block(call).stream().map(each -> option(each, options)).toList());
            case "parameters", "triggers", "tools" -> list(block(call).stream().map(each -> closure(source.text(each))).toList());
            case "stages", "parallel" -> stages(call);
            case "when" -> list(block(call).stream().map(this::condition).toList());
            case "steps" -> steps(Sections.body(call), call);
            case "post" -> post(call);
            case "failFast" -> source.arguments(call);
            default -> throw new InvalidException(name, call);
        }));
        return all;
    }

    private static List<Statement> block(MethodCallExpression call) {
        ClosureExpression body = Sections.body(call);
        if (body == null) {
            throw new InvalidException("Expected a block for " + call.getMethodAsString(), call);
        }
        List<Statement> all = Sections.statements(body);
        if (all.isEmpty()) {
            throw new InvalidException("No variables, steps or conditions specified for " + call.getMethodAsString(), call);
        }
        return all;
    }

    private String agent(MethodCallExpression call) {
        ClosureExpression body = Sections.body(call);
        if (body == null) {
            String kind = Sections.word(call);
            if (!kind.equals("any") && !kind.equals("none")) {
                throw new InvalidException("Invalid agent type \"" + kind + "\" specified. Must be one of [any, label, none]", call);
            }
            return "[kind: '" + kind + "']";
        }
        MethodCallExpression label = Sections.call(Sections.statements(body).get(0));
        if (Sections.statements(body).size() != 1 || label == null || !label.getMethodAsString().equals("label")) {
            throw new InvalidException("Invalid agent type. Must be one of [any, label, none]", call);
        }
        return "[kind: 'label', label: (" + source.arguments(label) + "\n)]";
    }

    private String environment(MethodCallExpression call) {
        return list(block(call).stream().map(each -> {
            String[] sides = source.assignment(each);
            if (sides == null) {
                throw new InvalidException("Expected name=value pairs", each);
            }
            if (!sides[1].matches("(?s)['\"].*|\\w+\\(.*")) {
                throw new InvalidException("Environment variable values must either be single quoted, double quoted, or function calls.", each);
            }
            return "[name: '" + sides[0] + "', value: " + closure(sides[1]) + "]";
        }).toList());
    }

    private String option(Statement each, Set<String> known) {
        MethodCallExpression call = Sections.call(each);
        if (call == null || !known.contains(call.getMethodAsString())) {
            throw new InvalidException("Invalid option type \"" + source.text(each) + "\". Valid option types: " + known, each);
        }
        boolean describes = Set.of("buildDiscarder", "quietPeriod").contains(call.getMethodAsString());
        String given = describes ? "" : source.arguments(call);
        return "[name: '" + call.getMethodAsString() + "', given: [" + (given.isEmpty() || given.contains(":") ? "" : "value: ") + (given.isEmpty() ? ":" : given) + "]]";
    }

    private String stages(MethodCallExpression call) {
        return list(block(call).stream().map(each -> {
            MethodCallExpression stage = Sections.call(each);
            if (stage == null || !stage.getMethodAsString().equals("stage") || Sections.body(stage) == null) {
                throw new InvalidException("Expected a stage", each);
            }
            return stage(stage);
        }).toList());
    }

    private String stage(MethodCallExpression call) {
        Map<String, MethodCallExpression> sections = sections(Sections.body(call), STAGE, "stage");
        if (Set.of("steps", "stages", "parallel").stream().filter(sections::containsKey).count() != 1) {
            throw new InvalidException("Expected one of \"steps\", \"stages\", or \"parallel\" for stage " + source.arguments(call), call);
        }
        if (sections.containsKey("parallel") && sections.containsKey("agent")) {
            throw new InvalidException("\"agent\" is not allowed in stage " + source.arguments(call) + " as it contains parallel stages", call);
        }
        Map<String, String> all = new LinkedHashMap<>();
        all.put("name", source.arguments(call));
        all.putAll(written(sections, STAGE_OPTIONS));
        return map(all);
    }

    private String condition(Statement each) {
        MethodCallExpression call = Sections.call(each);
        String name = call == null ? "" : call.getMethodAsString();
        return switch (name) {
            case "not" -> "[kind: 'not', all: " + list(block(call).stream().map(this::condition).toList()) + "]";
            case "changeRequest" -> "[kind: 'changeRequest']";
            default -> throw new InvalidException("Unknown conditional " + name, each);
        };
    }

    private String post(MethodCallExpression call) {
        Map<String, String> all = new LinkedHashMap<>();
        for (Statement each : block(call)) {
            MethodCallExpression condition = Sections.call(each);
            if (condition == null || !CONDITIONS.contains(condition.getMethodAsString())) {
                throw new InvalidException("Invalid condition \"" + source.text(each) + "\" - valid conditions are " + CONDITIONS, each);
            }
            all.put(condition.getMethodAsString(), steps(Sections.body(condition), condition));
        }
        return map(all);
    }

    private String steps(ClosureExpression body, MethodCallExpression of) {
        if (body == null || Sections.statements(body).isEmpty()) {
            throw new InvalidException("No steps specified for branch", of);
        }
        checkSteps(body);
        return closure(source.inside(body));
    }

    /** Calls of steps alone, also in the bodies of steps; what is inside `script` is free. */
    private void checkSteps(ClosureExpression body) {
        for (Statement each : Sections.statements(body)) {
            MethodCallExpression call = Sections.call(each);
            if (call == null) {
                throw new InvalidException("Expected a step", each);
            }
            if (!call.isImplicitThis()) {
                throw new InvalidException("Method calls on objects not allowed outside \"script\" blocks.", each);
            }
            ClosureExpression inner = Sections.body(call);
            if (inner != null && !call.getMethodAsString().equals("script")) {
                checkSteps(inner);
            }
        }
    }

    private static String closure(String text) {
        return "{->\n" + text + "\n}";
    }

    private static String list(List<String> items) {
        return "[" + String.join(",\n", new ArrayList<>(items)) + "]";
    }

    private static String map(Map<String, String> items) {
        return items.isEmpty() ? "[:]"
                : items.entrySet().stream().map(item -> item.getKey() + ": " + item.getValue()).collect(Collectors.joining(",\n", "[", "]"));
    }
}
