"""Pure: the proof over the history: every managed value is replayed, and every operation judged
again by the same gates.
"""
