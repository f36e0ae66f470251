package harness;

import java.util.List;
import org.codehaus.groovy.ast.ASTNode;
import org.codehaus.groovy.ast.expr.BinaryExpression;
import org.codehaus.groovy.ast.expr.ClosureExpression;
import org.codehaus.groovy.ast.expr.Expression;
import org.codehaus.groovy.ast.expr.MethodCallExpression;
import org.codehaus.groovy.ast.expr.TupleExpression;
import org.codehaus.groovy.ast.expr.VariableExpression;
import org.codehaus.groovy.ast.stmt.BlockStatement;
import org.codehaus.groovy.ast.stmt.ExpressionStatement;
import org.codehaus.groovy.ast.stmt.Statement;

/** The text of a pipeline by the nodes of its syntax tree. */
final class Sections {
    private final String text;
    private final int[] lines;

    Sections(String text) {
        this.text = text;
        List<String> all = List.of(text.split("\n", -1));
        lines = new int[all.size() + 2];
        for (int i = 0; i < all.size(); i++) {
            lines[i + 1] = lines[i] + all.get(i).length() + 1;
        }
    }

    /** The call that a statement is, without a receiver or with one; null for anything else. */
    static MethodCallExpression call(Statement statement) {
        return statement instanceof ExpressionStatement one && one.getExpression() instanceof MethodCallExpression call
                && call.getMethodAsString() != null ? call : null;
    }

    /** The closure that is the last argument of a call. */
    static ClosureExpression body(MethodCallExpression call) {
        List<Expression> given = call.getArguments() instanceof TupleExpression many ? many.getExpressions() : List.of();
        return !given.isEmpty() && given.get(given.size() - 1) instanceof ClosureExpression body ? body : null;
    }

    /** The one argument of `agent any`; empty for anything else. */
    static String word(MethodCallExpression call) {
        List<Expression> given = call.getArguments() instanceof TupleExpression many ? many.getExpressions() : List.of();
        return given.size() == 1 && given.get(0) instanceof VariableExpression name ? name.getName() : "";
    }

    static List<Statement> statements(ClosureExpression body) {
        return body.getCode() instanceof BlockStatement block ? block.getStatements() : List.of(body.getCode());
    }

    int start(ASTNode node) {
        return lines[node.getLineNumber() - 1] + node.getColumnNumber() - 1;
    }

    int end(ASTNode node) {
        return Math.min(text.length(), lines[node.getLastLineNumber() - 1] + node.getLastColumnNumber() - 1);
    }

    String text(ASTNode node) {
        return text.substring(start(node), end(node)).strip();
    }

    /** What is between the braces of a closure. */
    String inside(ClosureExpression body) {
        String whole = text(body);
        return whole.substring(whole.indexOf('{') + 1, whole.lastIndexOf('}'));
    }

    /** What is between the name of a call and its body, without parentheses. */
    String arguments(MethodCallExpression call) {
        ClosureExpression body = body(call);
        int until = body == null ? end(call) : start(body);
        String given = text.substring(end(call.getMethod()), until).strip();
        return given.startsWith("(") ? given.substring(1, given.lastIndexOf(')')).strip() : given;
    }

    /** Name and value of `NAME = value`; null for anything else. */
    String[] assignment(Statement statement) {
        if (statement instanceof ExpressionStatement one && one.getExpression() instanceof BinaryExpression sides
                && sides.getOperation().getText().equals("=") && sides.getLeftExpression() instanceof VariableExpression name) {
            return new String[] {name.getName(), text(sides.getRightExpression())};
        }
        return null;
    }
}
