from setuptools import Extension, setup

setup(
    name="milborne",
    version="0.4.0",
    packages=["milborne", "milborne.management", "milborne.management.commands"],
    package_data={"milborne": ["crontab", "staticassets/*"]},
    install_requires=["django"],
    ext_modules=[Extension("milborne._answer", ["milborne/answer.c"])],
    entry_points={"console_scripts": ["milborne=milborne:main"]},
)
