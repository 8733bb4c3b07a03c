"""The commands of Invenio that the recipe calls: they leave files where the real ones do."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
INSTANCE = Path(os.environ["INVENIO_INSTANCE_PATH"])
ASSETS = INSTANCE / "assets"
# Of each source, the statics have the text and a map that leads back to it.
BUILD = """
const fs = require('fs');
for (const file of fs.readdirSync('js')) {
    const text = fs.readFileSync(`js/${file}`, 'utf8');
    fs.appendFileSync('../static/dist/all.js', `${text.trim()} // packed by node\\n`);
    fs.writeFileSync(`../static/dist/${file}.map`, JSON.stringify({ sources: [file], sourcesContent: [text] }));
}
"""


def collect():
    """The packages' static files."""
    shutil.copytree(HERE / "theme/static", INSTANCE / "static", dirs_exist_ok=True)


def create():
    """The packages' sources beside the site's own, and a project for npm."""
    (ASSETS / "js").mkdir(parents=True, exist_ok=True)
    for file in [*ASSETS.glob("*.js"), *HERE.glob("theme/assets/semantic-ui/*.js")]:
        shutil.copy(file, ASSETS / "js")
    (ASSETS / "build.cjs").write_text(BUILD)
    (ASSETS / "package.json").write_text(json.dumps({"scripts": {"build": "node build.cjs"}}))


def buildall():
    (INSTANCE / "static/dist").mkdir(parents=True)
    for command in [["npm", "install", "--offline"], ["npm", "run", "build"]]:
        subprocess.run(command, cwd=ASSETS, check=True)


def main():
    commands = {
        "collect --verbose": collect,
        "webpack create": create,
        "webpack buildall": buildall,
        "--version": lambda: print("Invenio", importlib.metadata.version("invenio-app-rdm")),
    }
    commands[" ".join(sys.argv[1:])]()
