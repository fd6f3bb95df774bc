"""`python -m router.cli` is `ivr`, for where the script is not on the path."""

from router.cli import main

main()
