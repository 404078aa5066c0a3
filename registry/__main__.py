"""`python -m registry`."""

from registry.cli.main import main

main()
