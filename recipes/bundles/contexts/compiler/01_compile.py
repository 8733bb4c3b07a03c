#!/opt/venv/bin/python
"""01_compile.py CONFIG FOLDER: makes the wheels of the package that CONFIG names, and of all that it needs.

Where the package comes from is pip's configuration: PIP_CONFIG_FILE may hold an index and its password. What pip cannot
do ends this program, and the build with it.
"""
import os
import pathlib
import re
import subprocess
import sys


def read(config):
    lines = pathlib.Path(config).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def call(command):
    """Runs pip. An old one shows the address of the index with its password where a build fails."""
    pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in pip.stdout:
        print(re.sub(r"//[^/\s]+@", "//****@", line), end="", flush=True)
    return pip.wait()


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
    if call([*pip, "wheel", "--wheel-dir", folder, *options, requirement]) != 0:
        sys.exit(f"no wheels of {requirement}")
    print(*sorted(os.listdir(folder)), sep="\n")


main()
