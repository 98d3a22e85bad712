# Tells what this interpreter is and has, as one JSON object.
# It must run on any Python, however old, so that an unsuitable one can be named with the reason.
import json
import platform
import sys
import sysconfig


def has(name):
    try:
        __import__(name)
    except Exception:
        return False
    return True


print(json.dumps({
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "implementation": platform.python_implementation(),
    "version": list(sys.version_info[:3]),
    "build": sys.version,
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "venv": has("venv") and has("ensurepip"),
    "tests": has("test.support"),
}))
