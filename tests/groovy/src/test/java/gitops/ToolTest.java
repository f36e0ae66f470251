package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Build;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class ToolTest extends World {
    private static final String OWN = System.getenv("VARS_VERSION");

    private static String wheel(String version) {
        return Path.of(System.getenv("VARS_WHEELS"), "gitops_ci-" + version + "-py3-none-any.whl").toUri().toString();
    }

    private String update(String version) {
        return "gitopsUpdate(PLACE, env: 'dev', tag: '15', tool: [source: 'gitops-ci @ %s', home: '%s/tools'])".formatted(wheel(version), folder);
    }

    @Test
    void anotherVersionThanThatOfTheLibraryIsAnError() throws Exception {
        failed(build(), update("9.9.9"), "brings gitops-ci 9.9.9, and this library needs " + OWN);
    }

    @Test
    void twoBuildsInstallItOnce() throws Exception {
        ExecutorService both = Executors.newFixedThreadPool(2);
        Callable<Build> one = () -> build().run(pipeline(update(OWN)));
        List<Future<Build>> builds = both.invokeAll(List.of(one, one));
        long installed = 0;
        for (Future<Build> each : builds) {
            // what stands for the program writes no result: it has run all the same
            assertTrue(each.get().log().contains("gitops-ci, version " + OWN), each.get()::log);
            installed += each.get().log().lines().filter(line -> line.startsWith("installing ")).count();
        }
        both.shutdown();
        assertEquals(1, installed);
    }
}
