package harness;

import com.cloudbees.groovy.cps.CpsTransformer;
import com.cloudbees.groovy.cps.NonCPS;
import com.cloudbees.groovy.cps.TransformerConfiguration;
import groovy.lang.Binding;
import groovy.lang.GroovyClassLoader;
import groovy.lang.Script;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.codehaus.groovy.control.CompilationUnit;
import org.codehaus.groovy.control.CompilerConfiguration;
import org.codehaus.groovy.control.Phases;
import org.codehaus.groovy.control.customizers.ImportCustomizer;
import org.codehaus.groovy.tools.GroovyClass;

/** The compiled vars and the pipeline, and the class loader of a controller that runs them. */
final class Library {
    /** Compiled once for all builds: in the sandbox, and outside. */
    private static final Map<Boolean, Map<String, byte[]>> VARS = new ConcurrentHashMap<>();

    private final Map<String, byte[]> classes = new TreeMap<>();
    private final Map<String, Script> variables = new HashMap<>();
    private ClassLoader loader;

    Library(String pipeline, boolean sandbox) throws IOException {
        CompilerConfiguration configuration = configuration(sandbox);
        classes.putAll(compile(configuration, new SourceText("Pipeline.groovy", pipeline)));
        classes.putAll(VARS.computeIfAbsent(sandbox, each -> vars(configuration)));
        restart();
    }

    static CompilerConfiguration configuration(boolean sandbox) {
        CpsTransformer transformer = sandbox ? new SandboxedTransformer() : new CpsTransformer();
        transformer.setConfiguration(new TransformerConfiguration().withClosureType(PipelineClosure.class));
        CompilerConfiguration configuration = new CompilerConfiguration();
        configuration.setScriptBaseClass(PipelineScript.class.getName());
        ImportCustomizer imports = new ImportCustomizer();
        imports.addStarImports(NonCPS.class.getPackage().getName());
        configuration.addCompilationCustomizers(imports, transformer);
        return configuration;
    }

    /** The vars of this library, and what stands for the declarative plug-in, which the sandbox never applies to. */
    private static Map<String, byte[]> vars(CompilerConfiguration configuration) {
        Map<String, byte[]> all = new TreeMap<>();
        try {
            Map<String, byte[]> imported = compile(configuration, Map.of(), sources("src"));
            all.putAll(imported);
            for (SourceText each : sources("vars")) {
                all.putAll(compile(configuration, imported, List.of(each)));
            }
            try (InputStream model = Library.class.getResourceAsStream(Declarative.MODEL + ".groovy")) {
                all.putAll(compile(configuration(false),
                        new SourceText(Declarative.MODEL + ".groovy", new String(model.readAllBytes(), StandardCharsets.UTF_8))));
            }
        } catch (IOException problem) {
            throw new UncheckedIOException(problem);
        }
        return all;
    }

    private record SourceText(String name, String text) {
    }

    /** The Groovy of a folder of the library. */
    private static List<SourceText> sources(String folder) throws IOException {
        List<SourceText> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(System.getProperty("repository"), folder))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".groovy")).toList()) {
                all.add(new SourceText(file.getFileName().toString(), Files.readString(file)));
            }
        }
        return all;
    }

    private static Map<String, byte[]> compile(CompilerConfiguration configuration, SourceText source) {
        return compile(configuration, Map.of(), List.of(source));
    }

    /** The classes of src/ together; a var on its own, as Jenkins does: together, its name would mean its class. */
    private static Map<String, byte[]> compile(
            CompilerConfiguration configuration, Map<String, byte[]> imported, List<SourceText> sources) {
        Map<String, byte[]> classes = new TreeMap<>();
        CompilationUnit unit = new CompilationUnit(configuration, null, new GroovyClassLoader(new Compiled(imported)));
        for (SourceText source : sources) {
            unit.addSource(source.name, source.text);
        }
        unit.compile(Phases.CLASS_GENERATION);
        for (Object each : unit.getClasses()) {
            GroovyClass compiled = (GroovyClass) each;
            classes.put(compiled.getName(), compiled.getBytes());
        }
        return classes;
    }

    /** Load everything anew, as a controller does that was restarted. */
    void restart() {
        variables.clear();
        loader = new Compiled(classes);
    }

    private static final class Compiled extends ClassLoader {
        private final Map<String, byte[]> classes;

        Compiled(Map<String, byte[]> classes) {
            super(Library.class.getClassLoader());
            this.classes = classes;
        }

        @Override
        protected Class<?> findClass(String name) throws ClassNotFoundException {
            byte[] bytes = classes.get(name);
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        }
    }

    ClassLoader loader() {
        return loader;
    }

    Script pipeline() {
        return instance("Pipeline");
    }

    /** The var with this name, one object for a whole run; null when there is none. */
    Script find(String name) {
        if (!classes.containsKey(name) || name.equals("Pipeline")) {
            return null;
        }
        return variables.computeIfAbsent(name, this::instance);
    }

    Map<String, Script> variables() {
        return variables;
    }

    private Script instance(String name) {
        try {
            Script script = (Script) loader.loadClass(name).getDeclaredConstructor().newInstance();
            script.setBinding(new Binding());
            return script;
        } catch (ReflectiveOperationException problem) {
            throw new IllegalStateException(name + " can't be loaded", problem);
        }
    }
}
