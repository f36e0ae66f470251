package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Build;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the sandbox of a folder library rejects; every other test of the vars runs in it, too. */
class SandboxTest {
    @TempDir
    Path folder;

    private Build run(String pipeline) throws IOException {
        Build build = new Build(folder);
        build.sandbox = true;
        return build.run(pipeline);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "new ArrayList() | new java.util.ArrayList",
        "new LinkedHashMap() | new java.util.LinkedHashMap",
        "new groovy.json.JsonSlurperClassic() | new groovy.json.JsonSlurperClassic",
        "new File('x') | new java.io.File java.lang.String",
        "new RuntimeException('x') | new java.lang.RuntimeException java.lang.String",
        "env['A'] | staticMethod org.codehaus.groovy.runtime.DefaultGroovyMethods getAt java.lang.Object java.lang.String",
        "env.getEnvironment() | method harness.Globals$Env getEnvironment",
        "System.getenv('A') | staticMethod java.lang.System getenv java.lang.String",
        "currentBuild.rawBuild | method harness.Globals$CurrentBuild getRawBuild",
        "[1].sum { it } | staticMethod org.codehaus.groovy.runtime.DefaultGroovyMethods sum java.util.Collection groovy.lang.Closure",
        "[1].max() | staticMethod org.codehaus.groovy.runtime.DefaultGroovyMethods max java.util.Collection",
        "[1].inspect() | staticMethod org.codehaus.groovy.runtime.DefaultGroovyMethods inspect java.lang.Object",
        "'x'.bytes.encodeBase64() | method java.lang.String getBytes",
        "Thread.sleep(1) | staticMethod java.lang.Thread sleep long",
        "evaluate('1') | method groovy.lang.Script evaluate java.lang.String",
    })
    void whatJenkinsRejectsIsRejected(String code, String signature) throws IOException {
        Build build = run("return " + code);
        assertEquals("FAILURE", build.result, build::log);
        assertTrue(build.log().contains("Scripts not permitted to use " + signature), build::log);
    }

    @ParameterizedTest
    @ValueSource(strings = {"e.causes", "e.result", "e.isActualInterruption()", "e.getCauses()"})
    void anInterruptionTellsTheSandboxNothing(String question) throws IOException {
        Build build = run("try { timeout(1) { input 'x' } } catch (e) { return " + question + " }");
        assertTrue(build.log().contains(
                "Scripts not permitted to use method org.jenkinsci.plugins.workflow.steps.FlowInterruptedException"), build::log);
    }

    @Test
    void methodsWithoutCpsAreCheckedToo() throws IOException {
        Build build = run("@NonCPS def made() { return new ArrayList() }\nreturn made()");
        assertTrue(build.log().contains("Scripts not permitted to use new java.util.ArrayList"), build::log);
    }

    @Test
    void aCatchSwallowsTheRejection() throws IOException {
        assertTrue(run("try { new ArrayList() } catch (Exception ignored) { echo 'swallowed' }").log().contains("swallowed\nFinished: SUCCESS"));
    }

    @Test
    void whatJenkinsAllowsOfItsOwnIsAllowed() throws IOException {
        Build build = run("""
                env.A = 'x'
                def name = 'A'
                echo "${env.A} ${env."${name}"} ${params.B} ${currentBuild.number} ${currentBuild.getBuildCauses()}"
                currentBuild.displayName = 'd'""");
        assertEquals("SUCCESS", build.result, build::log);
    }

    @Test
    void theListIsSortedAndHoldsNoLineTwice() throws IOException {
        List<String> lines = Files.readAllLines(Path.of(System.getProperty("repository"), "tests", "groovy", "sandbox-signatures.txt"))
                .stream().filter(line -> !line.startsWith("#")).toList();
        assertEquals(List.copyOf(new TreeSet<>(lines)), lines);
    }
}
