"""`python -m tenure_cli` is `tenure`."""

import sys

from tenure_cli.main import main

sys.exit(main())
