package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Build;
import harness.Controller;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Declarative pipelines, as far as the examples go: what is refused, and what the sections do. */
class DeclarativeTest {
    @TempDir
    Path folder;

    private Build run(String pipeline) throws IOException {
        return new Build(folder).run(pipeline);
    }

    private static String stage(String content) {
        return "pipeline { agent none\nstages { stage('x') { " + content + " } } }";
    }

    private static List<String> said(Build build) {
        return build.log().lines().filter(line -> line.startsWith("- ")).map(line -> line.substring(2)).toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "pipeline { stages { stage('x') { steps { echo 'a' } } } } | Missing required section \"agent\"",
        "pipeline { agent any } | Missing required section \"stages\"",
        "pipeline { agent any\\nsteps { echo 'a' } } | Invalid pipeline section \"steps\"",
        "pipeline { agent some\\nstages { stage('x') { steps { echo 'a' } } } } | Invalid agent type \"some\"",
        "pipeline { agent none\\nstages { stage('x') { agent none } } } | Expected one of \"steps\", \"stages\", or \"parallel\"",
        "pipeline { agent none\\nstages { stage('x') { steps { echo 'a' }\\nparameters { string(name: 'A') } } } } | Invalid stage section \"parameters\"",
        "pipeline { agent none\\nstages { stage('x') { input { message 'x' }\\nsteps { echo 'a' } } } } | Invalid stage section \"input\"",
        "pipeline { agent none\\nstages { stage('x') { steps { def a = 1 } } } } | Expected a step",
        "pipeline { agent none\\nstages { stage('x') { steps { if (true) { echo 'a' } } } } } | Expected a step",
        "pipeline { agent none\\nstages { stage('x') { steps { timeout(1) { for (i in [1]) { echo 'a' } } } } } } | Expected a step",
        "pipeline { agent none\\nstages { stage('x') { steps { env.put('A', 'b') } } } } | Method calls on objects not allowed",
        "pipeline { agent none\\nstages { stage('x') { steps { } } } } | No steps specified",
        "pipeline { agent none\\noptions { checkout() }\\nstages { stage('x') { steps { echo 'a' } } } } | Invalid option type",
        "pipeline { agent none\\nenvironment { A = [1] }\\nstages { stage('x') { steps { echo 'a' } } } } | must either be single quoted",
        "pipeline { agent none\\nstages { stage('x') { steps { echo 'a' } } }\\npost { never { echo 'a' } } } | Invalid condition",
        "pipeline { agent none\\nstages { stage('x') { agent any\\nparallel { stage('y') { steps { echo 'a' } } } } } } | \"agent\" is not allowed",
    })
    void whatJenkinsDoesNotKnowIsRefusedBeforeAnythingRuns(String pipeline, String words) throws IOException {
        Build build = run(pipeline.replace("\\n", "\n"));
        assertEquals("FAILURE", build.result, build::log);
        assertTrue(build.log().contains(words), build::log);
        assertTrue(build.calls.isEmpty());
    }

    @Test
    void anAgentAtTheTopIsHeldForTheWholeBuildAlsoInAStageWithNone() throws IOException {
        Build build = run("""
                pipeline {
                    agent any
                    stages {
                        stage('a') { agent none
                            steps { echo "- ${env.NODE_NAME}" } }
                        stage('b') { agent { label 'linux' }
                            steps { echo "- ${env.WORKSPACE.endsWith('@2')}" } }
                    }
                }""");
        assertEquals(List.of("built-in", "true"), said(build));
        Build one = new Build(folder);
        one.controller = new Controller(1);
        assertThrows(AssertionError.class, () -> one.run("pipeline { agent any\nstages { stage('b') { agent any\nsteps { echo 'x' } } } }"));
    }

    @Test
    void withoutOneAStageHasItsOwnAndChecksOut() throws IOException {
        Build build = run("""
                pipeline {
                    agent none
                    stages {
                        stage('a') { steps { echo "- ${env.NODE_NAME}" } }
                        stage('b') { agent { label 'linux' }
                            steps { echo "- ${env.NODE_NAME}" } }
                        stage('c') { agent any
                            options { skipDefaultCheckout() }
                            steps { echo "- ${env.NODE_NAME}" } }
                    }
                }""");
        assertEquals(List.of("null", "built-in", "built-in"), said(build));
        assertEquals(1, build.calls.stream().filter("checkout"::equals).count());
    }

    @Test
    void conditionsDecideAboutAStage() throws IOException {
        Build build = new Build(folder);
        build.run("""
                pipeline {
                    agent none
                    environment { A = 'b'
                        C = "${env.A}c" }
                    stages {
                        stage('1') { when { not { changeRequest() } }
                            steps { echo "- ${env.C}" } }
                        stage('2') { when { changeRequest() }
                            steps { echo '- no' } }
                        stage('3') { steps { script { for (i in [1, 2]) { echo "- ${i}" } } } }
                    }
                }""");
        assertEquals(List.of("bc", "1", "2"), said(build), build::log);
        assertTrue(build.log().contains("Stage \"2\" skipped due to when conditional"), build::log);
    }

    @Test
    void postRunsByTheResultAndOnTheAgentOfItsStage() throws IOException {
        Build build = run("""
                pipeline {
                    agent none
                    stages {
                        stage('a') { agent any
                            steps { sh 'exit 3' }
                            post { always { echo "- always ${env.NODE_NAME}" }
                                success { echo '- no' }
                                failure { echo '- failure' } } }
                        stage('b') { steps { echo '- no' } }
                    }
                    post { failure { echo "- end ${env.NODE_NAME}" }
                        aborted { echo '- no' } }
                }""");
        assertEquals("FAILURE", build.result);
        assertEquals(List.of("always built-in", "failure", "end null"), said(build), build::log);
    }

    @Test
    void aTimeoutOfThePipelineAborts() throws IOException {
        Build build = run("""
                pipeline { agent none
                    options { timeout(time: 1, unit: 'HOURS')
                        disableConcurrentBuilds()
                        timestamps() }
                    stages { stage('a') { steps { input 'x' } } }
                    post { aborted { echo '- aborted' }
                        always { echo '- always' } } }""");
        assertEquals("ABORTED", build.result);
        assertEquals(List.of("always", "aborted"), said(build), build::log);
    }

    @Test
    void parallelStagesRunSideBySide() throws IOException {
        Build build = run(stage("parallel { stage('a') { steps { echo '- a1'\necho '- a2' } }\nstage('b') { steps { echo '- b1'\necho '- b2' } } }"));
        assertEquals("SUCCESS", build.result, build::log);
        assertEquals(4, said(build).size());
        assertFalse(said(build).equals(List.of("a1", "a2", "b1", "b2")), build::log);
    }
}
