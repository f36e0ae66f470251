package harness;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/** Masking as credentials-binding does it: the value, its Base64 forms, and how a shell's trace quotes it. */
final class Mask {
    private Mask() {
    }

    static String hide(String line, List<String> secrets) {
        List<String> forms = new ArrayList<>();
        for (String secret : secrets) {
            if (secret != null && !secret.isBlank()) {
                forms.add(secret);
                forms.addAll(encoded(secret));
                forms.add(secret.replace("'", "'\\''"));
                forms.add(secret.replace("'", "'\"'\"'"));
            }
        }
        forms.sort(Comparator.comparing(String::length).reversed());
        String shown = line;
        for (String form : forms) {
            shown = form.isEmpty() ? shown : shown.replace(form, "****");
        }
        return shown;
    }

    /** Base64 of the secret at each of the three places where it can begin in a longer text, without what its neighbours decide. */
    private static List<String> encoded(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        List<String> forms = new ArrayList<>();
        for (int shift = 0; shift < 3; shift++) {
            byte[] moved = new byte[bytes.length + shift];
            System.arraycopy(bytes, 0, moved, shift, bytes.length);
            String text = Base64.getEncoder().withoutPadding().encodeToString(moved);
            int from = shift == 0 ? 0 : shift + 1;
            int to = moved.length % 3 == 0 ? text.length() : text.length() - 1;
            if (to - from >= 4) {
                forms.add(text.substring(from, to));
            }
        }
        return forms;
    }
}
