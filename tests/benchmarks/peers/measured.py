"""Read a CSV file typed with polars, run a validator twice, print what it took as JSON."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Check = Callable[[Path, dict[str, Any]], dict[str, int]]
REPEATED = "repeated key"


def peak() -> float:
    """The most memory this process has had, in MB; getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measured(check: Check) -> None:
    """Run `check` on a small file to warm up, then on the large one.

    The command line gives the rules as JSON, the small file and the large one. `check`
    gives the number of failing rows by rule.
    """
    rules, small, large = map(Path, sys.argv[1:])
    asked = json.loads(rules.read_text("utf-8"))
    check(small, asked)
    start = time.perf_counter()
    failing = check(large, asked)
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "peak": peak(), "failing": failing}))
