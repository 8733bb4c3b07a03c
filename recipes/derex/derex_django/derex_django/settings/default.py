"""What a container starts with, unless a project brings settings of its own."""

from openedx.core.lib.derived import derive_settings

from derex_django.settings.common import *  # noqa: F401, F403

derive_settings(__name__)
