package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import harness.Answer;
import harness.Build;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HarnessTest {
    @TempDir
    Path folder;

    @Test
    void aVarRunsWithSteps() throws Exception {
        Build build = new Build(folder);
        
        build.run("return 1");
        System.out.println(build.log() + build.returned + build.failure);
        assertEquals("SUCCESS", build.result);
    }
}
