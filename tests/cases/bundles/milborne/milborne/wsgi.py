import os

from milborne import answer


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    settings = os.path.basename(os.environ["MILBORNE_CONFIG"])
    service = os.environ["MILBORNE_SERVICE"]
    return [f"{service} answers {answer()}, {settings}, {os.environ['DJANGO_SETTINGS_MODULE']}\n".encode()]
