"""The handlers of ``logging.handlers``, over this package's classes."""

import ferrolog
from ferrolog import _native, _source

_source.run("logging.handlers", globals())

#: The name under which code written for the standard library knows the package.
logging = ferrolog

_native.adopt_handlers(vars(ferrolog), globals())
