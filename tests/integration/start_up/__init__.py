"""What a start of the program loads."""
