"""The doctor on sound and on broken set-ups."""
