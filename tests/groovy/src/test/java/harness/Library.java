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
import java.util.HashMap;
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
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("repository"), "vars"))) {
            for (Path file : files.filter(each -> each.toString().endsWith(".groovy")).toList()) {
                all.putAll(compile(configuration, new SourceText(file.getFileName().toString(), Files.readString(file))));
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

    /** Each on its own, as Jenkins does: together, the name of a var would mean its class. */
    private static Map<String, byte[]> compile(CompilerConfiguration configuration, SourceText source) {
        Map<String, byte[]> classes = new TreeMap<>();
        CompilationUnit unit = new CompilationUnit(configuration, null, new GroovyClassLoader(Library.class.getClassLoader()));
        unit.addSource(source.name, source.text);
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
        loader = new ClassLoader(Library.class.getClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                byte[] bytes = classes.get(name);
                if (bytes == null) {
                    throw new ClassNotFoundException(name);
                }
                return defineClass(name, bytes, 0, bytes.length);
            }
        };
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
