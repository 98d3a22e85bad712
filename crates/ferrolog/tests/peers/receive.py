"""Receives what the socket and datagram handlers send, with the standard library's own means, and prints
each record as a line of JSON. Ends when standard input does.

usage: receive.py tcp|unix|udp|unixgram [PATH]
"""

import json
import logging
import pickle
import signal
import socketserver
import struct
import sys
import threading


def show(payload):
    attributes = pickle.loads(payload)
    record = logging.makeLogRecord(attributes)
    print(
        json.dumps(
            {
                "attributes": {key: repr(value) for key, value in sorted(attributes.items())},
                "line": logging.Formatter("%(levelname)s:%(name)s:%(message)s").format(record),
            }
        ),
        flush=True,
    )


class Stream(socketserver.StreamRequestHandler):
    def handle(self):
        while len(head := self.rfile.read(4)) == 4:
            (length,) = struct.unpack(">L", head)
            payload = self.rfile.read(length)
            if len(payload) < length:
                print("torn", flush=True)
                return
            show(payload)


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        datagram = self.request[0]
        (length,) = struct.unpack(">L", datagram[:4])
        assert length == len(datagram) - 4
        show(datagram[4:])


class ThreadingUnixServer(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


class ThreadingTCPServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def inet():
    return "127.0.0.1", int(place or 0)


signal.alarm(120)  # Whatever happens, the test comes to an end.
kind = sys.argv[1]
place = sys.argv[2] if len(sys.argv) > 2 else None
server = {
    "tcp": lambda: ThreadingTCPServer(inet(), Stream),
    "unix": lambda: ThreadingUnixServer(place, Stream),
    "udp": lambda: socketserver.UDPServer(inet(), Datagram),
    "unixgram": lambda: socketserver.UnixDatagramServer(place, Datagram),
}[kind]()
server.max_packet_size = 65536
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", server.server_address[1] if "unix" not in kind else place, flush=True)
sys.stdin.read()
