"""`make bench`: python tests/performance/bench.py [--quick] [--only SECTION]."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    from tests.performance.running import main

    sys.exit(main(sys.argv[1:]))
