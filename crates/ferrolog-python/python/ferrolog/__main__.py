"""``python -m ferrolog app.py ARGS``: run an unmodified program on ferrolog.

``app.py`` (a file, a directory or a zip file), ``-m module`` and ``-c code`` mean what they mean
to ``python`` itself; what follows them are the program's arguments.
"""

import os
import runpy
import sys
import types
from importlib.machinery import BuiltinImporter, SourceFileLoader

import ferrolog

USAGE = "usage: python -m ferrolog (FILE | -m MODULE | -c CODE) [ARGUMENT ...]"


def main(argv):
    """Take over and run the program that the arguments name."""
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if argv else sys.stderr)
        return 0 if argv else 2
    if argv[0] in ("-m", "-c") and len(argv) < 2:
        print(f"{USAGE}\nargument expected for {argv[0]}", file=sys.stderr)
        return 2
    ferrolog.install()
    if argv[0] == "-m":
        sys.argv[:] = argv[1:]
        runpy._run_module_as_main(argv[1])
    elif argv[0] == "-c":
        sys.argv[:] = ["-c", *argv[2:]]
        _set_first_path("")
        _run(_main_module(), compile(argv[1], "<string>", "exec"))
    elif os.path.isdir(argv[0]) or _is_archive(argv[0]):
        sys.argv[:] = argv
        _set_first_path(argv[0], always=True)
        runpy._run_module_as_main("__main__", alter_argv=False)
    else:
        _run_file(argv)
    return 0


def _run_file(argv):
    path = argv[0]
    try:
        with open(path, "rb") as file:
            source = file.read()
    except OSError as error:
        # In the words, and with the exit code, of `python` itself.
        print(
            f"{sys.executable}: can't open file {os.path.abspath(path)!r}: "
            f"[Errno {error.errno}] {error.strerror}",
            file=sys.stderr,
        )
        sys.exit(2)
    sys.argv[:] = argv
    _set_first_path(os.path.dirname(os.path.realpath(path)))
    if not os.path.isabs(path):
        path = os.path.join(os.getcwd(), path)
    module = _main_module()
    module.__file__ = path
    module.__cached__ = None
    module.__loader__ = SourceFileLoader("__main__", path)
    _run(module, compile(source, path, "exec"))


def _main_module():
    module = types.ModuleType("__main__")
    module.__builtins__ = sys.modules["builtins"]
    module.__annotations__ = {}
    module.__package__ = None
    module.__loader__ = BuiltinImporter
    sys.modules["__main__"] = module
    return module


def _set_first_path(entry, always=False):
    # `python -m ferrolog` has put the current directory there, unless told not to.
    if getattr(sys.flags, "safe_path", False):
        if always:
            sys.path.insert(0, entry)
    else:
        sys.path[0] = entry


def _is_archive(path):
    from pkgutil import get_importer

    return os.path.isfile(path) and get_importer(path) is not None and _has_main(path)


def _has_main(path):
    from pkgutil import get_importer

    return get_importer(path).find_spec("__main__") is not None


def _run(module, code):
    try:
        exec(code, vars(module))
    except SystemExit:
        raise
    except BaseException as error:
        # The program's own frames, as it would have shown them without us.
        error.__traceback__ = error.__traceback__.tb_next
        if isinstance(error, KeyboardInterrupt):
            raise
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
