"""Reading and publishing against real Git servers."""
