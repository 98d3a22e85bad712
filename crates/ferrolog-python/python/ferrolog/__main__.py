"""``python -m ferrolog app.py ARGS``: run an unmodified program on ferrolog.

``app.py`` (a file, a directory or a zip file), ``-m module``, ``-c code`` and ``-`` (standard input) mean
what they mean to ``python`` itself; what follows them are the program's arguments.
"""

import os
import sys

import ferrolog

USAGE = "usage: python -m ferrolog (FILE | -m MODULE | -c CODE | -) [ARGUMENT ...]"


def main(argv):
    """Take over and run the program that the arguments name."""
    if not argv:
        _refuse(USAGE)
    if argv[0] in ("-h", "--help"):
        print(USAGE)
        return
    if argv[0] in ("-m", "-c") and len(argv) < 2:
        _refuse(f"{USAGE}\nargument expected for {argv[0]}")
    ferrolog.install()
    if argv[0] == "-m":
        sys.argv[:] = ["-m", *argv[2:]]
        _run(_run_module, argv[1])
    elif argv[0] == "-c":
        sys.argv[:] = ["-c", *argv[2:]]
        _set_first_path("")
        _run(_run_code, argv[1])
    elif argv[0] == "-":
        sys.argv[:] = argv
        _set_first_path("")
        _run(_run_source, sys.stdin.buffer.read(), "<stdin>")
    elif os.path.isdir(argv[0]) or _is_archive(argv[0]):
        sys.argv[:] = argv
        _set_first_path(_absolute(argv[0]), always=True)
        _run(_run_module, "__main__", False)
    else:
        _run_file(argv)


def _refuse(why):
    print(why, file=sys.stderr)
    sys.exit(2)


def _run_module(name, alter_argv=True):
    import runpy

    # It runs the module in what it finds there, which is this module's namespace now.
    _new_main()
    runpy._run_module_as_main(name, alter_argv)


def _run_code(source):
    module = _new_main()
    code = _compiled(source, "<string>")
    _show_lines_of(code, source)
    _exec(module, code)


def _show_lines_of(code, source):
    """Let tracebacks show the lines of ``-c``, where the interpreter's own do (3.13 and newer)."""
    if sys.version_info < (3, 13):
        return
    import linecache

    # The first releases look for them by the name of the file, the later ones by the code.
    key = code if hasattr(linecache, "_interactive_cache") else code.co_filename
    linecache._register_code(key, source + "\n", code.co_filename)


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
    _run(_run_source, source, _absolute(path))


def _run_source(source, path):
    from importlib.machinery import SourceFileLoader, SourcelessFileLoader

    module = _new_main()
    module.__file__ = path
    module.__cached__ = None
    if path.endswith(".pyc"):
        module.__loader__ = SourcelessFileLoader("__main__", path)
        code = module.__loader__.get_code("__main__")
    else:
        if path != "<stdin>":
            module.__loader__ = SourceFileLoader("__main__", path)
        code = _compiled(source, path)
    _exec(module, code)
    # What runs afterwards (at exit, or interactively) does not find them.
    for name in "__file__", "__cached__":
        vars(module).pop(name, None)


def _compiled(source, name):
    return compile(source, name, "exec", dont_inherit=True)


def _exec(module, code):
    exec(code, vars(module))


def _new_main():
    """A module ``__main__`` as ``python`` has it when a program begins."""
    import types
    from importlib.machinery import BuiltinImporter

    module = types.ModuleType("__main__")
    module.__builtins__ = sys.modules["builtins"]
    module.__annotations__ = {}
    module.__package__ = None
    module.__loader__ = BuiltinImporter
    sys.modules["__main__"] = module
    return module


def _absolute(path):
    # As it is written, but for where it begins.
    return path if os.path.isabs(path) else os.path.join(os.getcwd(), path)


def _set_first_path(entry, always=False):
    # `python -m ferrolog` has put the current directory there, unless told not to.
    if sys.flags.safe_path:
        if always:
            sys.path.insert(0, entry)
    else:
        sys.path[0] = entry


def _is_archive(path):
    from pkgutil import get_importer

    return os.path.isfile(path) and get_importer(path) is not None


def _run(function, *arguments):
    """Call ``function``, whose frames and those below it are not the program's."""
    try:
        function(*arguments)
    except SystemExit:
        raise
    except BaseException:
        # The interpreter deals with it as with that of any program, but for what is shown.
        _show_the_program_alone()
        raise


def _show_the_program_alone():
    """Let the uncaught exception be shown with the program's own frames, as without us."""
    shown = getattr(sys, "excepthook", _hook_is_missing)

    def hook(kind, error, traceback):
        sys.excepthook = shown
        traceback = _of_program(traceback)
        error.__traceback__ = sys.last_traceback = traceback
        shown(kind, error, traceback)

    sys.excepthook = hook


def _hook_is_missing(*error):
    print("sys.excepthook is missing", file=sys.stderr)
    sys.__excepthook__(*error)


def _of_program(traceback):
    """The part of a traceback that begins with the program's frames, or with those of ``runpy``."""
    ours = {_run_module.__code__, _run_code.__code__, _run_source.__code__}
    ours |= {_exec.__code__, _compiled.__code__, _run.__code__}
    while traceback is not None and traceback.tb_frame.f_code not in ours:
        traceback = traceback.tb_next
    while traceback is not None and traceback.tb_frame.f_code in ours:
        traceback = traceback.tb_next
    return traceback


if __name__ == "__main__":
    main(sys.argv[1:])
