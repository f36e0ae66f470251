package harness;

import groovy.lang.GString;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.codehaus.groovy.runtime.DateGroovyMethods;
import org.codehaus.groovy.runtime.DefaultGroovyMethods;
import org.codehaus.groovy.runtime.EncodingGroovyMethods;
import org.codehaus.groovy.runtime.ProcessGroovyMethods;
import org.codehaus.groovy.runtime.StringGroovyMethods;
import org.codehaus.groovy.runtime.XmlGroovyMethods;

/** What a call of Groovy means, as script-security sees and writes it: the most general type that has such a method counts. */
final class Signatures {
    private static final List<Class<?>> ADDED = List.of(DefaultGroovyMethods.class, StringGroovyMethods.class, XmlGroovyMethods.class,
            EncodingGroovyMethods.class, DateGroovyMethods.class, ProcessGroovyMethods.class);

    /** By name: Java copies all methods of a class whenever it is asked for them, and Groovy's have a thousand. */
    private static final ClassValue<Map<String, List<Method>>> METHODS = new ClassValue<>() {
        @Override
        protected Map<String, List<Method>> computeValue(Class<?> type) {
            return Arrays.stream(type.getDeclaredMethods()).collect(Collectors.groupingBy(Method::getName));
        }
    };

    /** All types of a class, the most general first. */
    private static final ClassValue<Set<Class<?>>> TYPES = new ClassValue<>() {
        @Override
        protected Set<Class<?>> computeValue(Class<?> type) {
            Set<Class<?>> all = new LinkedHashSet<>();
            if (type.getSuperclass() != null) {
                all.addAll(get(type.getSuperclass()));
            }
            for (Class<?> each : type.getInterfaces()) {
                all.addAll(get(each));
            }
            all.add(type);
            return all;
        }
    };

    private Signatures() {
    }

    /** The method of a type of the receiver, most general first; null when only Groovy itself adds one. */
    static Method method(Object receiver, String name, Object[] given) {
        for (Class<?> type : TYPES.get(receiver.getClass())) {
            Method found = best(methods(type, name), given);
            if (found != null) {
                return found;
            }
        }
        return receiver instanceof GString ? best(methods(String.class, name), given) : null;
    }

    /** The methods that Groovy adds to the receiver's types, one for each class that has one. */
    static List<Method> added(Object receiver, String name, Object[] given) {
        Object[] all = new Object[given.length + 1];
        all[0] = receiver;
        System.arraycopy(given, 0, all, 1, given.length);
        List<Method> found = new ArrayList<>();
        for (Class<?> each : ADDED) {
            Method method = best(methods(each, name), all);
            if (method != null) {
                found.add(method);
            }
        }
        return found;
    }

    static Method ofClass(Class<?> type, String name, Object[] given) {
        return best(methods(type, name), given);
    }

    static Constructor<?> constructor(Class<?> type, Object[] given) {
        return best(List.of(type.getDeclaredConstructors()), given);
    }

    static String written(Executable found) {
        String types = Arrays.stream(found.getParameterTypes()).map(type -> " " + written(type)).collect(Collectors.joining());
        String owner = written(found.getDeclaringClass());
        if (found instanceof Constructor) {
            return "new " + owner + types;
        }
        return (Modifier.isStatic(found.getModifiers()) ? "staticMethod " : "method ") + owner + " " + found.getName() + types;
    }

    private static String written(Class<?> type) {
        return type.isArray() ? written(type.getComponentType()) + "[]" : type.getName();
    }

    private static List<Method> methods(Class<?> type, String name) {
        return METHODS.get(type).getOrDefault(name, List.of());
    }

    private static <T extends Executable> T best(List<T> all, Object[] given) {
        T best = null;
        for (T each : all) {
            if (fits(each, given) && (best == null || narrower(each, best))) {
                best = each;
            }
        }
        return best;
    }

    private static boolean fits(Executable method, Object[] given) {
        Class<?>[] types = method.getParameterTypes();
        if (types.length == given.length && all(types, given, types.length)) {
            return true;
        }
        int fixed = types.length - 1;
        if (!method.isVarArgs() || given.length < fixed || !all(types, given, fixed)) {
            return false;
        }
        Class<?> more = types[fixed].getComponentType();
        return Arrays.stream(given, fixed, given.length).allMatch(each -> fits(more, each));
    }

    private static boolean all(Class<?>[] types, Object[] given, int count) {
        for (int i = 0; i < count; i++) {
            if (!fits(types[i], given[i])) {
                return false;
            }
        }
        return true;
    }

    private static boolean fits(Class<?> type, Object value) {
        if (value == null) {
            return !type.isPrimitive();
        }
        if (type.isInstance(value) || type == String.class && value instanceof GString) {
            return true;
        }
        Class<?> wrapped = type.isPrimitive() ? java.lang.invoke.MethodType.methodType(type).wrap().returnType() : type;
        return type.isPrimitive() && (wrapped.isInstance(value)
                || wrapped == Long.class && value instanceof Integer || wrapped == Integer.class && value instanceof Long);
    }

    private static boolean narrower(Executable one, Executable other) {
        if (one.isVarArgs() != other.isVarArgs()) {
            return other.isVarArgs();
        }
        Class<?>[] mine = one.getParameterTypes();
        Class<?>[] theirs = other.getParameterTypes();
        for (int i = 0; i < Math.min(mine.length, theirs.length); i++) {
            if (mine[i] != theirs[i]) {
                boolean wider = mine[i].isAssignableFrom(theirs[i]);
                if (wider || theirs[i].isAssignableFrom(mine[i])) {
                    return !wider;
                }
                if (mine[i] == int.class && theirs[i] == long.class || mine[i] == long.class && theirs[i] == int.class) {
                    return mine[i] == int.class;
                }
            }
        }
        // neither: "plus(String)" before "plus(GString)" for two GStrings
        return one.toString().compareTo(other.toString()) > 0;
    }
}
