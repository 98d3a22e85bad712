import platform
import sys
import sysconfig

settings = sysconfig.get_config_var("CONFIG_ARGS") or ""
parts = [
    platform.python_implementation() + " " + platform.python_version(),
    platform.python_compiler(),
    "optimized" if "--enable-optimizations" in settings else "plain",
]
if "--with-lto" in settings:
    parts.append("lto")
parts.append("shared" if sysconfig.get_config_var("Py_ENABLE_SHARED") else "static")
if hasattr(sys, "gettotalrefcount"):
    parts.append("debug")
print(", ".join(parts))
