"""What uWSGI runs: the site answers with its own settings."""

import os
from pathlib import Path


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [Path(os.environ["INVENIO_INSTANCE_PATH"], "invenio.cfg").read_bytes()]
