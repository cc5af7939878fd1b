"""``python -m gradcheck``: the same as the console script."""

from gradcheck.cli import main

raise SystemExit(main())
