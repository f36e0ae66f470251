"""The pages' examples and the published schemas, held against the program."""
