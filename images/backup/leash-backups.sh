#!/bin/sh
# For operators: docker exec CONTAINER leash-backups list
exec node --max-old-space-size=256 /opt/leash/agent.js backups "$@"
