"""logxide, which has the interface of the standard library and puts itself in its place."""

import logxide
import logxide.handlers
from logxide import logging

import like_logging

VERSION = logxide.__version__


class Cases(like_logging.Cases):
    def file_handler(self, path):
        handler = self.logging.FileHandler(path)
        # By itself it writes each record of ERROR at once, and others when its buffer is full.
        handler.setFlushLevel(self.logging.DEBUG)
        return handler

    def buffered_handler(self, path, records):
        # Its own buffer, which is what it does when nothing is said.
        return self.logging.FileHandler(path)


CASES = Cases(logging, logging.handlers).all()
