"""Enough for static files and translations: no database, no service."""

import os

from openedx.core.lib.derived import derive_settings
from path import Path

from derex_django.settings.common import *  # noqa: F401, F403

SECRET_KEY = "only for the build"
DATABASES = {"default": {}}
XQUEUE_INTERFACE = {"django_auth": None, "url": None}
ECOMMERCE_PUBLIC_URL_ROOT = None
ENABLE_COMPREHENSIVE_THEMING = True
COMPREHENSIVE_THEME_DIRS.append("/openedx/themes")  # noqa: F405
STATIC_ROOT = Path("/openedx/staticfiles")
if os.environ["SERVICE_VARIANT"] == "cms":
    STATIC_ROOT = STATIC_ROOT / "studio"
WEBPACK_LOADER["DEFAULT"]["STATS_FILE"] = STATIC_ROOT / "webpack-stats.json"  # noqa: F405

derive_settings(__name__)
