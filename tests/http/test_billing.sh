#!/bin/sh
# Ten kills under load; the full size is `make billing-crash`.
exec python3 "$(dirname "$0")/billing_crash.py" 10
