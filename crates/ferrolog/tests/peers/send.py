"""Sends one record with CPython's own handler, so that what a receiver sees of it can be compared.

usage: send.py HANDLER ARGUMENTS ATTRIBUTES, both in JSON: the handler's keyword arguments and attributes
of the record, as makeLogRecord takes them. Keys that begin with "set_" are set on the handler.
"""

import json
import logging
import logging.handlers
import socket
import sys

handler_class = getattr(logging.handlers, sys.argv[1])
arguments = json.loads(sys.argv[2])
settings = {key[4:]: arguments.pop(key) for key in list(arguments) if key.startswith("set_")}
if isinstance(arguments.get("address"), list):
    arguments["address"] = tuple(arguments["address"])
if isinstance(arguments.get("credentials"), list):
    arguments["credentials"] = tuple(arguments["credentials"])
if "socktype" in arguments:
    arguments["socktype"] = getattr(socket, arguments["socktype"])
handler = handler_class(**arguments)
if "format" in settings:
    handler.setFormatter(logging.Formatter(settings.pop("format")))
for key, value in settings.items():
    setattr(handler, key, value)
failed = []
handler.handleError = lambda record: failed.append(sys.exc_info()[1])
attributes = json.loads(sys.argv[3])
if isinstance(attributes.get("args"), list):
    attributes["args"] = tuple(attributes["args"])
handler.handle(logging.makeLogRecord(attributes))
handler.close()
if failed:
    raise failed[0]
