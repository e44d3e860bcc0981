"""A mail server for the tests: STARTTLS, implicit TLS and AUTH with a certificate authority of its own.

smtp_server.py FOLDER USER PASSWORD

It writes into FOLDER: ca.pem, other-ca.pem (which has signed nothing), messages/NNN.json, logins (a line for each AUTH),
and port and port-implicit once it listens. It reads there, at every recipient: later (a number: that many recipients are
put off by 451) and refuse (addresses that get 550); and at the start: mechanism (the only AUTH that it offers).
It ends when its standard input ends.
"""

import asyncio
import base64
import email
import email.policy
import json
import logging
import os
import ssl
import sys
import threading
from pathlib import Path

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

FOLDER, USER, PASSWORD = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def read(name):
    path = FOLDER / name
    return path.read_text().split() if path.exists() else []


def part_of(part):
    """A part of a message: its kind, how it is named and shown, and its content, of what is no text as base64."""
    told = {"kind": part.get_content_type(), "id": part["Content-ID"], "shown": part.get_content_disposition()}
    if part.is_multipart():
        return told
    content = part.get_content()
    return told | {"content": content if isinstance(content, str) else base64.b64encode(content).decode()}


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        later = int((read("later") or ["0"])[0])
        if later > 0:
            (FOLDER / "later").write_text(str(later - 1))
            return "451 4.3.0 try again later"
        if address in read("refuse"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        folder = FOLDER / "messages"
        folder.mkdir(exist_ok=True)
        number = len(list(folder.glob("*.json")))
        seen = {
            "encrypted": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "authenticated": session.authenticated,
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name: str(value) for name, value in message.items()},
            "body": message.get_body(("plain",)).get_content().replace("\r\n", "\n"),
            "parts": [part_of(part) for part in message.walk()],
        }
        part = folder / f"{number:03}.part"
        part.write_text(json.dumps(seen, ensure_ascii=False))
        part.rename(part.with_suffix(".json"))
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = data.login == USER.encode() and data.password == PASSWORD.encode()
    with (FOLDER / "logins").open("a") as file:
        file.write(f"{mechanism} {'right' if right else 'wrong'}\n")
    # `handled` would keep the server from answering 535 by itself.
    return AuthResult(success=right, handled=False)


async def serve():
    authority = trustme.CA()
    authority.cert_pem.write_to_path(FOLDER / "ca.pem")
    trustme.CA().cert_pem.write_to_path(FOLDER / "other-ca.pem")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)
    only = read("mechanism")
    common = {
        "authenticator": authenticate,
        "auth_required": True,
        "auth_exclude_mechanism": [name for name in ("PLAIN", "LOGIN") if only and name not in only],
        "hostname": "localhost",
    }
    loop = asyncio.get_running_loop()

    def upgrading():
        return SMTP(Handler(), loop=loop, tls_context=tls, require_starttls=True, auth_require_tls=True, **common)

    def wrapped():
        # It cannot see that the connection is encrypted from outside.
        return SMTP(Handler(), loop=loop, auth_require_tls=False, **common)

    for name, factory, context in (("port-implicit", wrapped, tls), ("port", upgrading, None)):
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=context)
        part = FOLDER / f"{name}.part"
        part.write_text(str(server.sockets[0].getsockname()[1]))
        part.rename(FOLDER / name)
    await asyncio.Event().wait()


def end_with_input():
    sys.stdin.read()
    os._exit(0)


# It warns of its own use of what it has deprecated.
logging.getLogger("mail.log").setLevel(logging.ERROR)
threading.Thread(target=end_with_input, daemon=True).start()
asyncio.run(serve())
