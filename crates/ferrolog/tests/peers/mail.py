"""A mail server by aiosmtpd, which prints the mails it takes as lines of JSON.

usage: mail.py plain|login|starttls CERTIFICATE: `login` and `starttls` want the user "app" with the
password "pass word", the latter only over TLS. Mail to refused@example.com is refused.
"""

import email
import email.policy
import json
import logging
import signal
import socket
import ssl
import sys
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address == "refused@example.com":
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        print(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "tls": session.ssl is not None,
                    "user": bool(session.authenticated),
                    "headers": {
                        key.lower(): str(value).replace(" ", "")
                        for key, value in message.items()
                        if key.lower() not in ("date", "content-transfer-encoding", "content-type")
                    },
                    "date": message["Date"].datetime is not None,
                    "type": [message.get_content_type(), message.get_content_charset()],
                    "defects": [str(defect) for defect in message.defects],
                    "body": message.get_content().rstrip("\r\n"),
                },
                sort_keys=True,
            ),
            flush=True,
        )
        return "250 taken"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"app" and data.password == b"pass word"
    return AuthResult(success=good, handled=good)


logging.disable()  # What a client refuses is the test's to judge.
warnings.simplefilter("ignore")
signal.alarm(120)  # Whatever happens, the test comes to an end.
mode, certificate = sys.argv[1:]
arguments = {}
if mode != "plain":
    arguments |= {"auth_required": True, "authenticator": authenticate}
    arguments["auth_require_tls"] = mode == "starttls"
if mode == "starttls":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    arguments |= {"tls_context": context, "require_starttls": True}
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
controller = Controller(Handler(), hostname="127.0.0.1", port=port, **arguments)
controller.start()
print("ready", port, flush=True)
sys.stdin.read()
controller.stop()
