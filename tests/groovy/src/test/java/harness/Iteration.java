package harness;

import com.cloudbees.groovy.cps.Continuable;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Iterators that can be saved: `for` over a list or a map asks for one, and Java's own can't be written. */
public final class Iteration {
    static final List<Class> CATEGORIES = categories();

    private Iteration() {
    }

    private static List<Class> categories() {
        List<Class> all = new ArrayList<>(Continuable.categories);
        all.add(Iteration.class);
        return all;
    }

    public static <T> Iterator<T> iterator(List<T> list) {
        return new Places<>(new ArrayList<>(list));
    }

    private static final class Places<T> implements Iterator<T>, Serializable {
        private static final long serialVersionUID = 1;
        private final List<T> items;
        private int next;

        Places(List<T> items) {
            this.items = items;
        }

        @Override
        public boolean hasNext() {
            return next < items.size();
        }

        @Override
        public T next() {
            return items.get(next++);
        }
    }

    public static <K, V> Iterator<Map.Entry<K, V>> iterator(Map<K, V> map) {
        List<Map.Entry<K, V>> entries = new ArrayList<>();
        map.forEach((key, value) -> entries.add(new java.util.AbstractMap.SimpleImmutableEntry<>(key, value)));
        return new Places<>(entries);
    }
}
