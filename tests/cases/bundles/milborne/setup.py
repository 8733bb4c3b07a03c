from setuptools import Extension, setup

setup(
    name="milborne",
    version="0.4.0",
    packages=["milborne"],
    ext_modules=[Extension("milborne._answer", ["milborne/answer.c"])],
    entry_points={"console_scripts": ["milborne=milborne:main"]},
)
