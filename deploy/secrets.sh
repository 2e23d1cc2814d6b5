#!/bin/sh
# Makes what deploy/compose.yaml needs and nobody should share: passwords in .env, and in secrets/ certificates for
# trying out, from an authority of its own. What is there already stays. For production, put your own certificates there.
set -eu
umask 077
cd "$(dirname "$0")"

if [ ! -e .env ]; then
  for name in NATS_EDGE NATS_WORKER NATS_API NATS_PROVISION NATS_COMMANDS NATS_PROVISIONING NATS_DECISIONS NATS_EVENTS \
    NATS_ADMIN REDIS GRAFANA_ADMIN; do
    # Begins with a letter: NATS would read digits as a number.
    echo "${name}_PASSWORD=p$(openssl rand -hex 16)"
  done > .env
fi

if [ ! -e secrets/ca.pem ]; then
  mkdir -p secrets/haproxy secrets/api
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj '/O=Stationmaster/CN=trial CA' \
    -keyout secrets/ca.key -out secrets/ca.pem 2> /dev/null
  for who in haproxy api; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj '/O=Stationmaster/CN=localhost' \
      -keyout "secrets/$who/key.pem" -out "secrets/$who/request.pem" 2> /dev/null
    printf 'subjectAltName=DNS:localhost,DNS:%s,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' "$who" > secrets/extensions
    openssl x509 -req -in "secrets/$who/request.pem" -CA secrets/ca.pem -CAkey secrets/ca.key -CAcreateserial -days 90 \
      -extfile secrets/extensions -out "secrets/$who/cert.pem" 2> /dev/null
    rm "secrets/$who/request.pem" secrets/extensions
  done
  cat secrets/haproxy/cert.pem secrets/haproxy/key.pem > secrets/haproxy/server.pem
  rm secrets/haproxy/cert.pem secrets/haproxy/key.pem
  # The authority of the stations' certificates; here the same.
  cp secrets/ca.pem secrets/haproxy/clients-ca.pem
fi

if [ ! -e secrets/api/clients.yaml ]; then
  token=$(openssl rand -hex 32)
  printf '%s\n' "$token" > secrets/api-token
  hash=$(printf %s "$token" | openssl dgst -sha256 -r | cut -d' ' -f1)
  printf 'clients:\n  - name: trial\n    tokenSha256: %s\n    roles: [read, command, provision, decide, tap]\n' "$hash" > secrets/api/clients.yaml
fi
# The processes in the containers are not you.
chmod 755 secrets secrets/haproxy secrets/api
chmod 644 secrets/haproxy/* secrets/api/*
