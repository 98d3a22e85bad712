"""A web server of the standard library's, which prints what it is asked as lines of JSON.

usage: web.py STATUS [CERTIFICATE]: answers every request with STATUS, over TLS with a CERTIFICATE.
"""

import http.server
import json
import signal
import ssl
import sys
import threading
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode("ascii")
        path, _, query = self.path.partition("?")
        form = body or query
        print(
            json.dumps(
                {
                    "method": self.command,
                    "path": path,
                    "query": query,
                    "body": body,
                    "fields": urllib.parse.parse_qsl(
                        form, keep_blank_values=True, strict_parsing=True
                    ),
                    "type": self.headers.get("Content-Type"),
                    "authorization": self.headers.get("Authorization"),
                    "host": self.headers.get("Host"),
                }
            ),
            flush=True,
        )
        self.send_response(int(sys.argv[1]))
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, *args):
        pass


signal.alarm(120)  # Whatever happens, the test comes to an end.
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("ready", server.server_address[1], flush=True)
sys.stdin.read()
