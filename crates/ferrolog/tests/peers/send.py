"""Sends records with CPython's own handlers, so that what a receiver sees of them can be compared.

usage: send.py JOBS, a JSON list of [HANDLER, ARGUMENTS, ATTRIBUTES]: the handler's class, its keyword
arguments, and the attributes of the record, as makeLogRecord takes them. Arguments that begin with "set_"
are set on the handler.
"""

import json
import logging
import logging.handlers
import signal
import socket
import sys


def send(class_name, arguments, attributes):
    settings = {key[4:]: arguments.pop(key) for key in list(arguments) if key.startswith("set_")}
    for key in ("address", "credentials", "mailhost"):
        if isinstance(arguments.get(key), list):
            arguments[key] = tuple(arguments[key])
    if "socktype" in arguments:
        arguments["socktype"] = getattr(socket, arguments["socktype"])
    handler = getattr(logging.handlers, class_name)(**arguments)
    if "format" in settings:
        handler.setFormatter(logging.Formatter(settings.pop("format")))
    for key, value in settings.items():
        setattr(handler, key, value)
    failed = []
    handler.handleError = lambda record: failed.append(sys.exc_info()[1])
    handler.handle(logging.makeLogRecord(attributes))
    handler.close()
    if failed:
        raise failed[0]


signal.alarm(60)  # Whatever happens, the test comes to an end.
for job in json.loads(sys.argv[1]):
    send(*job)
