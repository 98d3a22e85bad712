"""Importing this module takes over the standard ``logging`` of the process."""

import ferrolog

ferrolog.install()
