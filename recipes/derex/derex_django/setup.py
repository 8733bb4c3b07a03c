from setuptools import find_packages, setup

setup(name="derex_django", version="0.0.1", packages=find_packages(), zip_safe=False)
