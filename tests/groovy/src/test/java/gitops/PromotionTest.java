package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromotionTest {
    @TempDir
    Path folder;

    @BeforeEach
    void world() throws Exception {
        Process made = new ProcessBuilder("python", "-m", "tests.groovy.world", folder.toString())
                .directory(Path.of(System.getProperty("repository")).toFile()).inheritIO().start();
        assertEquals(0, made.waitFor());
    }

    private Build run(String pipeline, Answer... answers) throws Exception {
        Build build = new Build(folder);
        build.sandbox = true;
        build.variables.put("GITOPS", folder + "/gitops.git");
        build.causes.add(Map.of("_class", "hudson.model.Cause$UserIdCause", "userId", "carol", "shortDescription", "Started by user carol"));
        build.answers.addAll(java.util.List.of(answers));
        build.run(pipeline);
        System.out.println(build.log() + build.returned + " " + build.failure + build.calls + "\n" + String.join("\n", build.used)); if (build.failure != null) { build.failure.printStackTrace(System.out); }
        return build;
    }

    @Test
    void aReleaseGoesFromDevToProd() throws Exception {
        Build build = run("""
                gitopsUpdate(repo: env.GITOPS, env: 'dev', tag: '15')
                gitopsPromote(repo: env.GITOPS, to: 'stage')
                return gitopsPromote(repo: env.GITOPS, to: 'prod', approval: [submitter: 'alice,bob'])
                """, Answer.submit("alice", Map.of()));
        assertEquals("SUCCESS", build.result);
        assertTrue(build.log().contains("promote to prod: shop 15 published"));
    }
}
