FROM debian
﻿RUN x
