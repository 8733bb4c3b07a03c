"""An index of Python packages that wants a password: index.py FOLDER PORT USER:PASSWORD."""
import base64
import functools
import http.server
import sys

folder, port, credential = sys.argv[1:]
wanted = "Basic " + base64.b64encode(credential.encode()).decode()


class Index(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.headers.get("Authorization") == wanted:
            return super().do_GET()
        self.send_response(401)
        self.send_header("WWW-Authenticate", 'Basic realm="index"')
        self.end_headers()


serve = functools.partial(Index, directory=folder)
http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), serve).serve_forever()
