package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import harness.Controller;
import harness.Credential;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The harness behaves as the controller that was measured, and notices what Jenkins only punishes later. */
class HarnessTest {
    @TempDir
    Path folder;

    private Build build(Answer... answers) {
        Build build = new Build(folder);
        build.answers.addAll(List.of(answers));
        return build;
    }

    private Object value(String pipeline) throws IOException {
        Build build = build().run(pipeline);
        assertEquals("SUCCESS", build.result, build::log);
        return build.returned;
    }

    private void breaks(String pipeline, String words) {
        AssertionError problem = assertThrows(AssertionError.class, () -> build().run(pipeline));
        assertTrue(String.valueOf(problem.getMessage()).contains(words), problem::getMessage);
    }

    private Build fails(String pipeline, String words) throws IOException {
        Build build = build().run(pipeline);
        assertEquals("FAILURE", build.result, build::log);
        assertTrue(build.log().contains(words), build::log);
        return build;
    }

    // what can't be saved, and what suspends where nothing can

    @ParameterizedTest
    @ValueSource(strings = {
        "def m = 'a1' =~ /\\d/\necho 'x'\nreturn m.find()",
        "def j = new groovy.json.JsonSlurper().parseText('{\"a\": {\"b\": 1}}')\necho 'x'\nreturn j.a",
        "def e = new LinkedHashMap([a: 1]).entrySet().iterator().next()\necho 'x'\nreturn e.key",
    })
    void whatCanNotBeSavedIsNotedAtTheNextStep(String pipeline) {
        breaks(pipeline, "the program can't be saved at echo");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "[3, 1, 2].sort { a, b -> a <=> b }", "[3, 1, 3].unique { it }", "'a\\nb'.eachLine { echo(it) }", "[3, 1].toSorted { a, b -> a <=> b }",
        "@NonCPS def f() { echo('x') }\nf()", "class C { C(script) { script.echo('x') } }\nnew C(this)",
        "class C { def script\n C(given) { script = given }\n String toString() { script.echo('x'); 'c' } }\nreturn 'x'.concat(\"${new C(this)}\")",
    })
    void codeThatSuspendsInsideJavaIsNoted(String pipeline) {
        breaks(pipeline, "but wound up catching");
    }

    @Test
    void whatIsFineIsNotNoted() throws IOException {
        assertEquals(List.of(1, 2, 3), value("@NonCPS def sorted(all) { all.sort { a, b -> a <=> b } }\nreturn sorted([3, 1, 2])"));
        assertEquals("b,d", value("""
                def found = []
                for (e in [a: 'b', c: 'd']) { echo e.key; found << e.value }
                for (x in found) { echo x }
                [1, 2].each { echo "${it}" }
                return found.join(',')"""));
    }

    // steps and where they may be

    @ParameterizedTest
    @ValueSource(strings = {"sh 'true'", "pwd()", "fileExists 'x'", "readFile 'x'", "dir('x') { }", "deleteDir()"})
    void aStepThatNeedsAnAgentSaysSo(String step) throws IOException {
        fails(step, "Required context class hudson.FilePath is missing");
    }

    @Test
    void unknownStepsAreNamed() throws IOException {
        fails("cleanWs()", "NoSuchMethodError: No such DSL method 'cleanWs' found among steps [");
        fails("lock('x') { }", "No such DSL method 'lock'");
        fails("isUnix()", "Required context class hudson.Launcher is missing");
    }

    @Test
    void variablesOfAnAgentAreThereInsideNodeOnly() throws IOException {
        assertEquals("null built-in 0 null", value("""
                def before = env.NODE_NAME
                def inside
                node('linux') { inside = "${env.NODE_NAME} ${env.EXECUTOR_NUMBER}" }
                return "${before} ${inside} ${env.WORKSPACE}".toString()"""));
    }

    @Test
    void emptyVariablesAreNoneAndTheAgentsShineThrough() throws IOException {
        Build build = build();
        build.agent.put("INHERITED", "agent");
        build.run("""
                env.MINE = 'outer'
                withEnv(['MINE=', 'INHERITED=', 'A b=c d', 'PATH+X=/extra']) {
                    echo "mine is ${env.MINE}"
                    node { sh 'echo "[$MINE] [$INHERITED] ${PATH%%:*}"' }
                }
                echo "again ${env."${'MINE'}"}" """);
        assertTrue(build.log().contains("mine is null\n"), build::log);
        assertTrue(build.log().contains("[] [agent] /extra"), build::log);
        assertTrue(build.log().contains("again outer"), build::log);
        fails("withEnv([\"X=a\\u0000b\"]) { }", "Invalid environment variable value");
    }

    @Test
    void shKeepsCodesAndOutputs() throws IOException {
        assertEquals(List.of(3, 127, 143, "ä\n"), value("""
                node { return [sh(script: 'exit 3', returnStatus: true), sh(script: 'no-such-command', returnStatus: true),
                    sh(script: 'kill -TERM $$', returnStatus: true), sh(script: 'echo ä', returnStdout: true)] }"""));
        Build build = fails("node { sh '''#!/bin/sh\nfalse; echo on; exit 4''' }", "ERROR: script returned exit code 4");
        assertTrue(build.log().contains("\non\n"), build::log);
        fails("node { sh 'false; echo on' }", "script returned exit code 1");
    }

    @Test
    void filesAreWrittenAndReadInTheWorkspace() throws IOException {
        assertEquals("ü true false", value("""
                node {
                    dir('a b') { writeFile(file: 'x/y.txt', text: 'ü', encoding: 'UTF-8'); assert pwd(tmp: true).endsWith('/a b@tmp') }
                    def text = readFile(file: 'a b/x/y.txt', encoding: 'UTF-8')
                    def there = fileExists('a b/x/y.txt')
                    deleteDir()
                    return "${text} ${there} ${fileExists('a b')}".toString()
                }"""));
    }

    @Test
    void whatGroovyAddsToEveryObjectMeansTheStep() throws IOException {
        Build build = build();
        build.sandbox = true;
        build.run("sleep 3600\nprintln 'a'\nwithEnv(['A=b']) { sleep 3600\nprintln env.A }");
        assertEquals("SUCCESS", build.result, build::log);
        assertEquals(List.of("sleep", "echo", "withEnv", "sleep", "echo"), build.calls);
        assertEquals("a\nb\nFinished: SUCCESS\n", build.log());
    }

    // executors, branches, locks, milestones

    @Test
    void anInnerNodeTakesASecondExecutorAndWaitsForEverWhenThereIsOne() throws IOException {
        Build build = build().run("node { node { echo pwd() } }");
        assertTrue(build.log().contains("@2\n"), build::log);
        Build one = build();
        one.controller = new Controller(1);
        AssertionError problem = assertThrows(AssertionError.class, () -> one.run("node { node { echo 'x' } }"));
        assertTrue(problem.getMessage().contains("waits for ever"), problem::getMessage);
        breaks("node('mars') { }", "waits for ever");
    }

    @Test
    void branchesTakeTurnsAndTheFirstFailureCounts() throws IOException {
        Build build = build().run("""
                parallel(a: { echo 'a1'; echo 'a2' }, b: { echo 'b1'; echo 'b2' })
                def got = parallel(x: { return 1 }, y: { return 2 })
                echo "${got.x + got.y}" """);
        assertEquals("a1 b1 a2 b2 3 Finished: SUCCESS", build.log().strip().replace("\n", " "));
        Build failed = fails("parallel(a: { sleep 60; echo 'late' }, b: { error('no') })", "ERROR: no");
        assertTrue(failed.log().contains("late"), failed::log);
        Build fast = fails("parallel(failFast: true, a: { node { sh 'sleep 60' } }, b: { error('no') })", "ERROR: no");
        assertTrue(fast.log().contains("Failed in branch b"), fast::log);
    }

    @Test
    void aLockIsHeldByOneAfterTheOther() throws IOException {
        Build build = build();
        build.plugins.add("lock");
        build.run("parallel(a: { lock(resource: 'r') { echo 'a in'; echo 'a out' } }, b: { lock('r') { echo 'b in' } })");
        assertTrue(build.log().indexOf("a out") < build.log().indexOf("b in"), build::log);
        assertTrue(build.log().contains("is not free, waiting for execution ..."), build::log);
    }

    @Test
    void aNewerBuildAtTheMilestoneEndsTheOlderOne() throws Exception {
        Controller controller = new Controller();
        Build older = build();
        older.controller = controller;
        older.number = 1;
        older.meanwhile = () -> {
            Build newer = build();
            newer.controller = controller;
            newer.number = 2;
            try {
                Build.elsewhere(() -> newer.run("milestone()"));
            } catch (Exception problem) {
                throw new AssertionError(problem);
            }
        };
        older.run("timeout(1) { input 'ok?' }\nmilestone()");
        assertEquals("NOT_BUILT", older.result, older::log);
        assertTrue(older.log().contains("Superseded by promote#2"), older::log);
        Build late = build();
        late.controller = controller;
        late.number = 1;
        assertEquals("NOT_BUILT", late.run("milestone()").result);
    }

    // input

    @Test
    void inputReturnsWhatTheStepOfJenkinsReturns() throws IOException {
        String reason = "parameters: [string(name: 'REASON', defaultValue: 'd')]";
        Answer form = Answer.submit("dev", Map.of("REASON", "b"));
        assertNull(asked("input('x')", Answer.submit("dev", Map.of())));
        assertEquals("b", asked("input(message: 'x', " + reason + ")", form));
        assertNull(asked("input(message: 'x', " + reason + ")", Answer.empty("dev")));
        assertEquals("dev", asked("input(message: 'x', submitterParameter: 'WHO')", form));
        assertNull(asked("input(message: 'x', submitterParameter: 'WHO')", Answer.empty("dev")));
        assertEquals(Map.of("REASON", "b", "WHO", "dev"), asked("input(message: 'x', submitterParameter: 'WHO', " + reason + ")", form));
    }

    private Object asked(String step, Answer answer) throws IOException {
        Build build = build(answer).run("return " + step);
        assertEquals("SUCCESS", build.result, build::log);
        return build.returned;
    }

    @Test
    void whoMayAnswerIsChecked() throws IOException {
        String step = "timeout(1) { input(message: 'x', submitter: 'dev, Approver') }";
        assertEquals("ABORTED", build(Answer.submit("viewer", Map.of())).run(step).result);
        for (String user : List.of("approver", "DEV", "admin")) {
            assertEquals("SUCCESS", build(Answer.submit("mallory", Map.of()), Answer.submit(user, Map.of())).run(step).result);
        }
        assertEquals("SUCCESS", build(Answer.submit("viewer", Map.of())).run("input(message: 'x', submitter: 'authenticated')").result);
        assertEquals("ABORTED", build(Answer.abort("viewer"), Answer.abort("dev")).run("input 'x'").result);
        breaks("input 'x'", "nobody answers, and nothing ends the wait");
    }

    @Test
    void theIdIsCapitalisedAndSafeForAddresses() throws IOException {
        Build build = build(Answer.submit("dev", Map.of()));
        List<?>[] seen = {null};
        build.meanwhile = () -> seen[0] = build.questions();
        build.run("input(id: 'lower-case_1', message: 'x', cancel: 'no')");
        assertEquals(List.of("Lower-case_1"), seen[0]);
        assertTrue(build.log().contains("InputStep': cancel"), build::log);
        fails("input(id: 'A/b', message: 'x')", "InputStep id is required to be URL safe, but the provided id A/b is not safe");
        fails("input(id: 'Ü', message: 'x')", "is not safe");
    }

    @Test
    void theMessageIsInTheLogOnlyWithoutAForm() throws IOException {
        assertTrue(build(Answer.submit("dev", Map.of())).run("input(message: 'the plan', ok: 'Ship it')").log().contains("the plan\nShip it or Abort"));
        Build form = build(Answer.submit("dev", Map.of())).run("input(message: 'the plan', submitterParameter: 'W')");
        assertFalse(form.log().contains("the plan"), form::log);
    }

    // interruptions and results

    @Test
    void aTimeoutAbortsAndTellsNothing() throws IOException {
        Build build = build().run("""
                try { timeout(time: 1, unit: 'SECONDS') { node { sh 'sleep 60' } } }
                catch (e) { echo "caught ${e.class.simpleName} ${e.message} ${currentBuild.result}"; throw e }""");
        assertEquals("ABORTED", build.result, build::log);
        assertTrue(build.log().contains("caught FlowInterruptedException null null"), build::log);
        assertTrue(build.log().contains("Cancelling nested steps due to timeout\nSending interrupt signal to process"), build::log);
        assertTrue(build.log().contains("Timeout has been exceeded"), build::log);
    }

    @Test
    void anAbortReachesTheProcessAndTheQuestionAndCleaningUpStillRuns() throws Exception {
        Build shell = build();
        shell.watch = (step, arguments) -> {
            if (step.equals("sh")) {
                shell.abort("dev");
            }
        };
        shell.run("node { try { sh 'sleep 60' } finally { writeFile(file: 'left', text: '') } }");
        assertEquals("ABORTED", shell.result, shell::log);
        assertTrue(shell.log().contains("Aborted by dev"), shell::log);
        assertTrue(Files.exists(folder.resolve("workspace/shop_promote/left")));
        Build asked = build();
        asked.meanwhile = () -> asked.abort("dev");
        asked.attended = true;
        assertEquals("ABORTED", asked.run("input 'x'").result);
        assertEquals(1, asked.calls.stream().filter("input"::equals).count());
    }

    // credentials

    @Test
    void secretsAreMaskedInsideTheBlockAndNotAfterIt() throws IOException {
        Build build = build();
        build.credentials.put("login", Credential.login("robot", "it's 100% sécret"));
        build.run("""
                withCredentials([usernamePassword(credentialsId: 'login', usernameVariable: 'U', passwordVariable: 'P')]) {
                    echo "${U} ${P} ${'x'.concat(P).bytes.encodeBase64().toString()}"
                    node { sh 'echo "$P"; printf "%s" "$P" > kept'; sh "echo ${'robot'.size()}" }
                }
                node { echo readFile('kept') }""");
        assertEquals("SUCCESS", build.result, build::log);
        String inside = build.log().substring(0, build.log().lastIndexOf("Running on"));
        assertFalse(inside.contains("robot ") || inside.contains("sécret"), build::log);
        assertFalse(inside.contains(Base64.getEncoder().encodeToString("xit's 100% sécret".getBytes()).substring(8, 16)), build::log);
        assertTrue(build.log().endsWith("it's 100% sécret\nFinished: SUCCESS\n"), build::log);
    }

    @Test
    void credentialsOfEachKindAreBoundAndTheirFilesRemoved() throws IOException {
        Build build = build();
        build.credentials.put("text", Credential.text("t0ken"));
        build.credentials.put("file", Credential.file("c0ntent"));
        build.credentials.put("key", Credential.key("git", "k3y", "phr4se"));
        build.run("""
                node {
                    withCredentials([string(credentialsId: 'text', variable: 'T'), file(credentialsId: 'file', variable: 'F'),
                            sshUserPrivateKey(credentialsId: 'key', keyFileVariable: 'K', usernameVariable: 'U', passphraseVariable: 'P')]) {
                        sh 'test "$T $(cat "$F") $(cat "$K") $U $P" = "t0ken c0ntent k3y git phr4se"; ls -l "$K" | cut -c1-10'
                    }
                }""");
        assertEquals("SUCCESS", build.result, build::log);
        assertTrue(build.log().contains("-r--------"), build::log);
        try (var files = Files.walk(folder)) {
            assertEquals(0, files.filter(Files::isRegularFile).count());
        }
        fails("withCredentials([string(credentialsId: 'nope', variable: 'X')]) { }", "ERROR: Could not find credentials entry with ID 'nope'");
    }

    @Test
    void aSecretInAStringOfGroovyIsWarnedOf() throws IOException {
        Build build = build();
        build.credentials.put("text", Credential.text("t0ken"));
        build.run("withCredentials([string(credentialsId: 'text', variable: 'T')]) { node { sh \"echo ${T}\" } }");
        assertTrue(build.log().contains("Warning: A secret was passed to \"sh\" using Groovy String interpolation"), build::log);
    }

    // restarts

    @Test
    void aProgramGoesOnInTheClassesOfARestartedController() throws IOException {
        Build build = build(Answer.submit("dev", Map.of()));
        build.restartAtEveryStep = true;
        build.run("""
                class Plan implements Serializable { String id; String told() { "plan ${id}" } }
                def plan = new Plan(id: 'x')
                parallel(a: { input 'ok?' }, b: { for (i in 1..3) { sleep 1 } })
                def closure = { echo plan.told() }
                withEnv(['A=1']) { closure() }""");
        assertEquals("SUCCESS", build.result, build::log);
        assertTrue(build.log().contains("plan x"), build::log);
    }
}
