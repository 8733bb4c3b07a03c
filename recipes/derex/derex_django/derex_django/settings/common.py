"""The platform's own settings, for the service that SERVICE_VARIANT names."""

import os

if os.environ["SERVICE_VARIANT"] == "cms":
    from cms.envs.common import *  # noqa: F401, F403
else:
    from lms.envs.common import *  # noqa: F401, F403
