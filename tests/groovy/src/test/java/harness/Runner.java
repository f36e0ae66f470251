package harness;

import groovy.json.JsonOutput;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the tests that it is asked for, a line each, until its input ends, and answers each line by one line of JSON.
 * Asked for {@code Class#method} it tells what became of the test, asked for a package what JUnit finds in it.
 */
final class Runner {
    private final Launcher launcher = LauncherFactory.create();

    private Runner() {
    }

    /** The answers go into the file that is named: what tests and their processes print must not come between them. */
    public static void main(String[] arguments) throws Exception {
        Runner runner = new Runner();
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (PrintStream answers = new PrintStream(Files.newOutputStream(Path.of(arguments[0])), true, StandardCharsets.UTF_8)) {
            for (String question = questions.readLine(); question != null; question = questions.readLine()) {
                answers.println(JsonOutput.toJson(question.contains("#") ? runner.run(question) : runner.found(question)));
            }
        }
        // threads of a test that failed may live on
        System.exit(0);
    }

    private Map<String, Object> run(String test) throws ClassNotFoundException {
        Report report = new Report();
        launcher.execute(request(DiscoverySelectors.selectMethod(method(test))), report);
        return Map.of("tests", report.tests(), "signatures", Guard.taken());
    }

    /** By its name alone, with whatever parameters. */
    private static String method(String test) throws ClassNotFoundException {
        String[] names = test.split("#");
        List<Method> named = Arrays.stream(Class.forName(names[0]).getDeclaredMethods())
                .filter(each -> each.getName().equals(names[1])).toList();
        if (named.size() != 1) {
            throw new IllegalArgumentException(named.size() + " methods are called " + test);
        }
        List<String> parameters = Arrays.stream(named.get(0).getParameterTypes()).map(Class::getName).toList();
        return test + "(" + String.join(", ", parameters) + ")";
    }

    private List<String> found(String name) {
        TestPlan plan = launcher.discover(request(DiscoverySelectors.selectPackage(name)));
        return plan.getRoots().stream().flatMap(root -> plan.getDescendants(root).stream())
                .flatMap(each -> each.getSource().stream())
                .filter(MethodSource.class::isInstance).map(MethodSource.class::cast)
                .map(each -> each.getClassName() + "#" + each.getMethodName()).sorted().toList();
    }

    private static LauncherDiscoveryRequest request(DiscoverySelector selector) {
        return LauncherDiscoveryRequestBuilder.request().selectors(selector).build();
    }
}
