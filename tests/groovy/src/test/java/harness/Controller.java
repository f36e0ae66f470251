package harness;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** What builds share: executors, locks, milestones, and the folders of their agent. */
public final class Controller {
    private static final Set<String> FOLDERS = ConcurrentHashMap.newKeySet();

    public final Set<String> labels = new TreeSet<>(Set.of("built-in", "linux"));
    private final int executors;
    private final Map<Integer, Build> busy = new HashMap<>();
    private final Map<String, List<Claim>> locks = new HashMap<>();
    private final Map<String, Map<Integer, Integer>> milestones = new HashMap<>();
    private final List<Build> running = new ArrayList<>();

    public Controller() {
        this(4);
    }

    public Controller(int executors) {
        this.executors = executors;
    }

    synchronized void begins(Build build) {
        running.add(build);
    }

    synchronized void ends(Build build) {
        running.remove(build);
        busy.values().removeIf(build::equals);
        locks.values().forEach(queue -> queue.removeIf(each -> each.build() == build));
    }

    synchronized boolean others(Build build) {
        return running.stream().anyMatch(other -> other != build);
    }

    /** How many executors are taken now. */
    public synchronized int busy() {
        return busy.size();
    }

    synchronized int busy(Build build) {
        return (int) busy.values().stream().filter(build::equals).count();
    }

    /** Take an executor: its number, or -1 when none with this label is free. */
    synchronized int take(Build build, String label) {
        if (!label.isBlank() && !labels.containsAll(List.of(label.split("\\s*&&\\s*")))) {
            return -1;
        }
        for (int number = 0; number < executors; number++) {
            if (busy.putIfAbsent(number, build) == null) {
                return number;
            }
        }
        return -1;
    }

    synchronized void giveBack(int number) {
        busy.remove(number);
    }

    /** A workspace that nobody uses now: of a second build of the job at the same time it ends in @2. */
    static String workspace(String wanted) {
        String place = wanted;
        for (int more = 2; !FOLDERS.add(place); more++) {
            place = wanted + "@" + more;
        }
        return place;
    }

    static void leave(String place) {
        FOLDERS.remove(place);
    }

    private record Claim(Build build, int branch) {
    }

    /** Take a lock in the order in which it was asked for. */
    synchronized boolean lock(String name, Build build, int branch) {
        List<Claim> queue = locks.computeIfAbsent(name, each -> new ArrayList<>());
        Claim claim = new Claim(build, branch);
        if (!queue.contains(claim)) {
            queue.add(claim);
        }
        return queue.get(0).equals(claim);
    }

    synchronized void unlock(String name, Build build, int branch) {
        locks.getOrDefault(name, new ArrayList<>()).remove(new Claim(build, branch));
    }

    /** Pass a milestone, which ends older builds of the job that did not; false when a newer build was here. */
    synchronized boolean pass(Build build, int milestone) {
        Map<Integer, Integer> passed = milestones.computeIfAbsent(build.job, job -> new HashMap<>());
        if (passed.getOrDefault(milestone, 0) > build.number) {
            return false;
        }
        passed.put(milestone, build.number);
        build.milestone = milestone;
        for (Build other : running) {
            if (other.job.equals(build.job) && other.number < build.number && other.milestone < milestone) {
                other.superseded(build);
            }
        }
        return true;
    }

    /** Who was there first: the number of the build that passed it. */
    synchronized int passedBy(Build build, int milestone) {
        return milestones.get(build.job).get(milestone);
    }
}
