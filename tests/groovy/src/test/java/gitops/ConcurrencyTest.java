package gitops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import harness.Answer;
import harness.Build;
import harness.Controller;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Builds of one controller at the same time, and builds that somebody stops: what is then in the repository, on the agent, in the log. */
class ConcurrencyTest extends World {
    private static final String CONFIG = """
            version: 1
            apps:
              shop: {images: [{repository: "%1$s/shop", tag: image.tag, digest: image.digest}]}
              till: {images: [{repository: "%1$s/shop", tag: image.tag, digest: image.digest}]}
            environments:
              dev: {values: "{app}-dev.yaml"}
              stage: {values: "{app}-stage.yaml", from: dev}
              prod: {values: "{app}-prod.yaml", from: stage, approval: {approvers: [alice, bob]}}
            """;
    private static final String PROMOTE = "return gitopsPromote(PLACE, app: '%s', to: 'prod', approval: [submitter: 'alice']%s)";

    private final Controller controller = new Controller();

    private void twoApps() throws Exception {
        prepared("two-apps", this::makeTwoApps);
    }

    private void makeTwoApps() throws Exception {
        Path work = folder.resolve("gitops");
        SourceRepository.run(folder, "git", "clone", "-q", Path.of(System.getenv("VARS_ROOT"), name).toString(), work.toString());
        Files.writeString(work.resolve("gitops.yaml"), CONFIG.formatted(REGISTRY));
        for (String app : List.of("shop", "till")) {
            for (String environment : List.of("dev", "stage", "prod")) {
                Files.writeString(work.resolve(app + "-" + environment + ".yaml"), "image:\n  tag: \"\"\n  digest: \"\"\n");
            }
        }
        SourceRepository.run(work, "git", "add", "--all");
        SourceRepository.run(work, "git", "commit", "-q", "-m", "Two applications");
        SourceRepository.run(work, "git", "push", "-q", "origin", "HEAD:main");
        ok(build(), """
                gitopsUpdate(PLACE, app: 'shop', env: 'dev', tag: '15')
                gitopsUpdate(PLACE, app: 'till', env: 'dev', tag: '15')
                gitopsPromote(PLACE, all: true, to: 'stage')""");
    }

    private Build promotion(int number, String job) {
        Build build = build();
        build.controller = controller;
        build.number = number;
        build.job = job;
        build.attended = true;
        build.plugins.add("lock");
        return build;
    }

    /** Both wait at the question, and are approved at the same moment. */
    private void together(Build one, String first, Build two, String second) throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        for (Build each : List.of(one, two)) {
            each.meanwhile = asked::countDown;
        }
        ExecutorService both = Executors.newFixedThreadPool(2);
        Future<Build> left = both.submit(() -> one.run(pipeline(first)));
        Future<Build> right = both.submit(() -> two.run(pipeline(second)));
        assertTrue(asked.await(10, TimeUnit.MINUTES), () -> one.log() + two.log());
        assertEquals(0, controller.busy(), "agents are free while both wait");
        for (Build each : List.of(one, two)) {
            each.answers.add(Answer.submit("alice", Map.of()));
        }
        left.get();
        right.get();
        both.shutdown();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", lock: true", ", lock: 'prod'"})
    void promotionsOfDifferentApplicationsBothArrive(String lock) throws Exception {
        twoApps();
        Build one = promotion(1, "shop/promote");
        Build two = promotion(2, "till/promote");
        together(one, PROMOTE.formatted("shop", lock), two, PROMOTE.formatted("till", lock));
        assertEquals(List.of("SUCCESS", "SUCCESS"), List.of(one.result, two.result), () -> one.log() + two.log());
        for (String app : List.of("shop", "till")) {
            assertTrue(git("show", "main:" + app + "-prod.yaml").contains("tag: \"15\""));
        }
        assertEquals(lock.contains("'prod'"), Stream.of(one, two).anyMatch(build -> build.log().contains("is not free, waiting")));
        clean();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ", lock: true"})
    void ofTwoPromotionsOfOneApplicationOnePublishesAndTheOtherFindsItDone(String lock) throws Exception {
        twoApps();
        Build one = promotion(1, "shop/promote");
        Build two = promotion(2, "shop/promote");
        together(one, PROMOTE.formatted("shop", lock), two, PROMOTE.formatted("shop", lock));
        assertEquals("1", git("rev-list", "--count", "--grep=^promote(shop): stage -> prod 15", "main"));
        long done = Stream.of(one, two).filter(build -> "SUCCESS".equals(build.result)).count();
        assertTrue(done >= 1, () -> one.log() + two.log());
        assertEquals(!lock.isEmpty(), Stream.of(one, two).anyMatch(build -> build.log().contains("is not free, waiting")));
        for (Build each : List.of(one, two)) {
            assertFalse(each.log().contains("Traceback"), each::log);
        }
        clean();
    }

    @Test
    void theNewerPromotionEndsTheOlderOneAtTheMilestone() throws Exception {
        twoApps();
        Build older = promotion(1, "shop/promote");
        Build newer = promotion(2, "shop/promote");
        String pipeline = pipeline(PROMOTE.formatted("shop", ", milestone: true"));
        CountDownLatch asked = new CountDownLatch(2);
        older.meanwhile = asked::countDown;
        newer.meanwhile = asked::countDown;
        ExecutorService both = Executors.newFixedThreadPool(2);
        Future<Build> first = both.submit(() -> older.run(pipeline));
        Future<Build> second = both.submit(() -> newer.run(pipeline));
        assertTrue(asked.await(10, TimeUnit.MINUTES));
        newer.answers.add(Answer.submit("alice", Map.of()));
        second.get();
        assertEquals("NOT_BUILT", first.get().result, older::log);
        assertTrue(older.log().contains("Superseded by promote#2"), older::log);
        assertEquals("SUCCESS", newer.result, newer::log);
        both.shutdown();
    }

    @Test
    void aPlanThatChangedMeanwhileIsAskedForAgain() throws Exception {
        twoApps();
        Build build = promotion(1, "shop/promote");
        build.meanwhile = () -> elsewhere(() ->
                ok(build(), "gitopsUpdate(PLACE, app: 'shop', env: 'dev', tag: '16')\ngitopsPromote(PLACE, app: 'shop', to: 'stage')"));
        build.answers.add(Answer.submit("alice", Map.of()));
        build.run(pipeline(PROMOTE.formatted("shop", "")));
        assertEquals("FAILURE", build.result, build::log);
        assertTrue(build.log().contains("look at the plan again"), build::log);
        assertFalse(git("show", "main:shop-prod.yaml").contains("1"));
        clean();
    }

    // somebody presses the red button

    @Test
    void aBuildThatIsStoppedWhileItPlansLeavesNothingBehind() throws Exception {
        stage("15");
        Build build = promotion(1, "shop/promote");
        stopped(build, 1, () -> Files.exists(folder.resolve("workspace/shop_promote@tmp")) && resultFolder());
        ok(build(Answer.submit("alice", Map.of())), PROMOTE.formatted("shop", ""));
    }

    @Test
    void aBuildThatIsStoppedWhileItPublishesLeavesNothingBehind() throws Exception {
        stage("15");
        Path pushing = folder.resolve("pushing");
        Path over = folder.resolve("over");
        Path hook = Files.createDirectories(repository().resolve("hooks")).resolve("pre-receive");
        Files.writeString(hook, "#!/bin/sh\ntouch '%s'\nuntil [ -e '%s' ]; do sleep 0.1; done\nexit 1\n".formatted(pushing, over));
        hook.toFile().setExecutable(true);
        Build build = promotion(1, "shop/promote");
        build.answers.add(Answer.submit("alice", Map.of()));
        stopped(build, 2, () -> Files.exists(pushing));
        Files.createFile(over);
        Files.delete(hook);
        ok(build(Answer.submit("alice", Map.of())), PROMOTE.formatted("shop", ""));
    }

    private boolean resultFolder() throws Exception {
        try (Stream<Path> all = Files.list(folder.resolve("workspace/shop_promote@tmp"))) {
            return all.anyMatch(each -> each.getFileName().toString().startsWith("gitops-ci-"));
        }
    }

    /** Stop a build in its nth command as soon as that has come so far; nothing is published then, and nothing is left. */
    private void stopped(Build build, int which, Callable<Boolean> far) throws Exception {
        AtomicInteger commands = new AtomicInteger();
        Thread button = new Thread(() -> {
            try {
                while (build.result == null && !far.call()) {
                    Thread.sleep(10);
                }
            } catch (Exception problem) {
                throw new AssertionError(problem);
            }
            build.abort("dev");
        });
        build.watch = (step, arguments) -> {
            if (step.equals("sh") && commands.incrementAndGet() == which) {
                button.start();
            }
        };
        String before = head();
        build.run(pipeline(PROMOTE.formatted("shop", "")));
        button.join();
        assertEquals("ABORTED", build.result, build::log);
        assertTrue(build.log().contains("Aborted by dev\nSending interrupt signal to process"), build::log);
        assertEquals(which, commands.get(), build::log);
        assertEquals(before, head());
        assertEquals(0, controller.busy());
        clean();
    }

    @Test
    void aBuildThatIsStoppedInTheQuestionPublishesNothing() throws Exception {
        stage("15");
        Build build = promotion(1, "shop/promote");
        build.meanwhile = () -> build.abort("dev");
        String before = head();
        build.run(pipeline(PROMOTE.formatted("shop", "")));
        assertEquals("ABORTED", build.result, build::log);
        assertEquals(before, head());
        assertEquals(List.of(), build.questions());
        clean();
    }

    @Test
    void aStoppedBuildGivesItsLockBack() throws Exception {
        stage("15");
        Build build = promotion(1, "shop/promote");
        build.answers.add(Answer.submit("alice", Map.of()));
        build.watch = (step, arguments) -> {
            if (step.equals("lock")) {
                build.abort("dev");
            }
        };
        assertEquals("ABORTED", build.run(pipeline(PROMOTE.formatted("shop", ", lock: 'prod'"))).result, build::log);
        Build next = promotion(2, "shop/promote");
        next.answers.add(Answer.submit("alice", Map.of()));
        ok(next, PROMOTE.formatted("shop", ", lock: 'prod'"));
    }

    /** No file of a secret, no folder of a result, and no secret in any file that is left. */
    private void clean() throws Exception {
        String secret = System.getenv("VARS_GIT_PASSWORD");
        try (Stream<Path> files = Files.walk(folder.resolve("workspace"))) {
            for (Path file : files.toList()) {
                assertFalse(file.getFileName().toString().startsWith("gitops-ci-"), file.toString());
                if (Files.isRegularFile(file)) {
                    assertFalse(Files.readString(file).contains(secret), file.toString());
                }
            }
        }
    }
}
