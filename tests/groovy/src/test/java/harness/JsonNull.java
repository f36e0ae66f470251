package harness;

/** What stands for null where Jenkins hands out JSON. */
enum JsonNull {
    NULL;

    @Override
    public String toString() {
        return "null";
    }
}
