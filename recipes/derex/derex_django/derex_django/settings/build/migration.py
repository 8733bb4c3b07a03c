"""Enough for migrations, on the MySQL that the build has started."""

import os

from openedx.core.lib.derived import derive_settings

from derex_django.settings.common import *  # noqa: F401, F403

DATABASES = {
    "default": {"ENGINE": "django.db.backends.mysql", "NAME": "edxapp", "USER": "root", "HOST": "127.0.0.1", "PORT": "3399"}
}
XQUEUE_INTERFACE = {"django_auth": None, "url": None}
if os.environ["DEREX_OPENEDX_VERSION"] == "koa":
    INSTALLED_APPS.append("django_celery_beat")  # noqa: F405

derive_settings(__name__)
