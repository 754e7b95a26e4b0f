"""``python -m mobile_hrp.cli``, as the demo starts its own processes."""

from mobile_hrp.cli import main

main()
