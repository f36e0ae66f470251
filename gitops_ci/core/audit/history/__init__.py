"""The history as a graph: lines of branches, arrivals, merges."""
