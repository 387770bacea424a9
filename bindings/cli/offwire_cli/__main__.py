"""`python -m offwire_cli`: the command, where no script is on the path."""

from offwire_cli.main import main

raise SystemExit(main())
