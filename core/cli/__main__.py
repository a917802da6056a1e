"""`python -m core.cli`, the same as `tunesmith`."""

import sys

from core.cli import main

sys.exit(main())
