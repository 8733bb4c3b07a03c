#!/opt/venv/bin/python
"""01_compile.py CONFIG FOLDER: makes the wheels of the package that CONFIG names, and of all that it needs.

Where the package comes from is pip's configuration: PIP_CONFIG_FILE may hold an index and its password. What pip cannot
do ends this program, and the build with it.
"""
import os
import pathlib
import subprocess
import sys


def read(config):
    lines = pathlib.Path(config).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def main():
    config, folder = sys.argv[1:]
    settings = read(config)
    requirement = f"{settings['PACKAGE']}=={settings['VERSION']}"
    running = "{}.{}".format(*sys.version_info)
    if running != settings["PYTHON"]:
        sys.exit(f"{requirement} is asked for on Python {settings['PYTHON']}, and the compiler has {running}")
    # Nothing of the index may stay behind in the image: no cache.
    pip = [sys.executable, "-m", "pip", "--no-cache-dir", "--disable-pip-version-check"]
    options = ["--find-links", "/bundle/local"] if os.path.exists("/bundle/local") else []
    if os.path.exists("/bundle/constraints.txt"):
        options += ["--constraint", "/bundle/constraints.txt"]
    status = subprocess.call([*pip, "wheel", "--wheel-dir", folder, *options, requirement])
    if status != 0:
        sys.exit(f"no wheels of {requirement}")
    print(*sorted(os.listdir(folder)), sep="\n")


main()
