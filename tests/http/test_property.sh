#!/bin/sh
# 500 generated requests; the full size is `make property`.
exec python3 "$(dirname "$0")/property.py" 500
