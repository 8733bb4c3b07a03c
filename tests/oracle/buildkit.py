"""BuildKit's own parser (PyPI `dockerfile`) as an oracle.

Reads NUL-separated Dockerfiles in UTF-8 from stdin and prints one line of JSON for each: the list of its instructions, or
the message of the error. `--probe` says whether the package is there.
"""

import json
import sys

try:
    import dockerfile
except ImportError:
    print("the Python package `dockerfile` is not installed", file=sys.stderr)
    sys.exit(3)


def told(command):
    return {
        "name": command.cmd or "",
        "trigger": command.sub_cmd,
        "flags": list(command.flags),
        "args": list(command.value),
        "json": command.json,
        "heredocs": [[doc.name, doc.file_descriptor, doc.content] for doc in command.heredocs],
        "start_line": command.start_line,
        "end_line": command.end_line,
    }


def main():
    if "--probe" in sys.argv:
        return
    for text in sys.stdin.buffer.read().split(b"\0"):
        try:
            answer = {"ok": [told(command) for command in dockerfile.parse_string(text.decode("utf-8"))]}
        except dockerfile.GoParseError as error:
            answer = {"error": str(error)}
        except UnicodeDecodeError:
            # The parser cuts some words within a character; the binding cannot say them.
            answer = {"unsaid": True}
        print(json.dumps(answer))


main()
