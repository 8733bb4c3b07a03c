#!/opt/venv/bin/python
"""The commands of a runner:

    si-service NAME             serves the service NAME of the package on port 8080
    cron                        runs the jobs of the package's own crontab
    shell [ARGUMENTS]           a bash
    pyscript FILE [ARGUMENTS]   a Python script out of /scripts, with the package at hand
    django-admin [ARGUMENTS]    a command of Django's management

All but the first two run as the image's user. The templates are filled here, when the container starts: `${project_name}` is a variable, `$$` is a dollar.
"""
import os
import pathlib
import pwd
import shutil
import string
import subprocess
import sys

BUNDLE = pathlib.Path("/bundle")
RUN = pathlib.Path("/run/bundle")
VENV = pathlib.Path("/opt/venv")
USER = "bundle"


def config():
    lines = (BUNDLE / "config.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def fill(variables):
    """Writes each template, filled, to RUN. An unknown variable is an error."""
    RUN.mkdir(parents=True, exist_ok=True)
    # uwsgi and the jobs of cron are not run by root.
    shutil.chown(RUN, USER, USER)
    for template in (BUNDLE / "templates").iterdir():
        filled = RUN / template.name
        try:
            filled.write_text(string.Template(template.read_text()).substitute(variables))
        except KeyError as unknown:
            sys.exit(f"{template.name}: there is no variable {unknown}")
        filled.chmod(template.stat().st_mode)


def command(name, arguments):
    """The program that a command stands for, and its arguments."""
    if name == "si-service" and len(arguments) == 1:
        return ["supervisord", "-c", str(RUN / "supervisord.conf")]
    if name == "cron" and not arguments:
        return ["cron", "-f"]
    if name == "shell":
        return ["bash", *arguments]
    if name == "pyscript" and arguments:
        return [str(VENV / "bin/python"), str(pathlib.Path("/scripts") / arguments[0]), *arguments[1:]]
    if name == "django-admin":
        return [str(VENV / "bin/django-admin"), *arguments]
    return None


def show_jobs():
    """What jobs write to this pipe comes out in the container's log: they may not write there themselves."""
    pipe = RUN / "cron.out"
    if not pipe.exists():
        os.mkfifo(pipe, 0o600)
        shutil.chown(pipe, USER, USER)
    # Held open for writing, it does not end with the first job.
    subprocess.Popen(["cat"], stdin=os.open(pipe, os.O_RDWR))


def become_user():
    user = pwd.getpwnam(USER)
    os.initgroups(USER, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ["HOME"] = user.pw_dir


def main():
    name, *arguments = sys.argv[1:] or ["shell"]
    program = command(name, arguments)
    if program is None:
        sys.exit(__doc__)
    settings = config()
    project = settings["PROJECT_NAME"]
    own = pathlib.Path("/config/settings.ini")
    config_variable = f"{project.upper()}_CONFIG"
    settings_file = str(own if own.exists() else RUN / "settings.ini")
    fill(
        {
            "project_name": project,
            "version": settings["VERSION"],
            "config": settings_file,
            "config_variable": config_variable,
            "service": arguments[0] if name == "si-service" else "",
            "service_variable": f"{project.upper()}_SERVICE",
            "static": str(VENV / f"lib/python{settings['PYTHON']}/site-packages" / project / "staticassets"),
            "run": str(RUN),
            "user": USER,
            "venv": str(VENV),
        }
    )
    os.environ[config_variable] = settings_file
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{project}.settings"
    os.environ["PATH"] = f"{VENV}/bin:{os.environ['PATH']}"
    if name == "cron":
        show_jobs()
    elif name != "si-service":
        os.chdir("/scripts")
        become_user()
    os.execvp(program[0], program)


main()
