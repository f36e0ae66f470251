"""The vars on a small Jenkins of our own: `src/test/java/harness` is the controller,
`src/test/java/gitops` are the tests.

JUnit runs them; pytest calls each of them by its own name, so that a worker takes what is left and
a failure says where: ``pytest tests/groovy -k PromotionTest.aRollback``. A worker keeps one JVM and
one set of servers for all that it runs.

``JDK_JAVA_OPTIONS`` gives the JVM options: ``-Dsun.io.serialization.extendedDebugInfo=true`` says
by which fields a step came to what can't be saved, ``-Dwhitelist=FILE`` takes another list than
sandbox-signatures.txt.
"""
