"""One case of the bench, done by one library, in a process of its own.

    python driver.py LIBRARY CASE FOLDER RECORDS BLOCKS CLOCK

LIBRARY is a module `with_LIBRARY` of `libraries/`, CASE one of its `CASES`. The files that are logged to are made in
FOLDER. There are BLOCKS blocks of RECORDS records, after one more to warm up. CLOCK, a function of `time`,
is what they are timed with.

One JSON object is printed: `figure`, the median of the blocks, with the library's `version`; or `absent`,
if the library has no such case; or `failed`, what went wrong (with the `figure`, if it came that far). With `within`,
the figure is that of those pieces of the blocks that were timed while the processor went at full speed.
Output that is not as expected, to the last record, is a failure.
"""

# No more than that and the module `speed` before the import is timed.
import sys
import time


def main():
    library, case, folder, records, blocks, clock = sys.argv[1:]
    clock = getattr(time, clock)
    sys.path[0] += "/libraries"
    if case == "import":
        result = time_import(library, clock)
    else:
        result = run(library, case, folder, int(records), int(blocks), clock)
    import json

    # Past the library, should it have taken standard output over.
    sys.__stdout__.write(json.dumps(result) + "\n")
    sys.__stdout__.flush()


def time_import(library, clock):
    """What `import` takes in a fresh interpreter, with all that it imports in turn."""
    statement = {
        "stdlib": "import logging",
        "installed": "import ferrolog.auto",
        # What it puts off to its first use is part of it.
        "alone": "import ferrolog; ferrolog.getLogger",
        "picologging": "import picologging",
        "logxide": "import logxide",
        "loguru": "import loguru",
        "structlog": "import structlog.stdlib",
    }.get(library)
    if statement is None:
        return {"absent": True, "version": __import__(f"with_{library}").VERSION}
    from speed import Pieces

    code = compile(statement, "<import>", "exec")
    if clock is time.perf_counter:
        pieces = Pieces()
        pieces.time(lambda _: exec(code, {}), [None], 1)
        result = {"figure": pieces.figure() / 1e6, "within": pieces.within()}
    else:
        start = clock()
        exec(code, {})
        result = {"figure": (clock() - start) * 1e3}
    return {**result, "version": __import__(f"with_{library}").VERSION}


def run(library, case, folder, records, blocks, clock):
    import gc

    from measure import Bench, Wrong

    module = __import__(f"with_{library}")
    result = {"version": module.VERSION}
    work = module.CASES.get(case)
    if work is None:
        return {**result, "absent": True}
    bench = Bench(folder, records, blocks, clock)
    gc.collect()
    gc.freeze()
    try:
        work(bench)
        return {**result, "figure": bench.figure(), "within": bench.within}
    except Wrong as fault:
        result["failed"] = str(fault)
    except Exception as error:
        result["failed"] = f"{type(error).__name__}: {error}"
    if bench.figures:
        result["figure"] = bench.figure()
    return result


main()
