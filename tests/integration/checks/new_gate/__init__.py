"""A gate as somebody adds one: its file, the reader of its fact, and a line for each."""
