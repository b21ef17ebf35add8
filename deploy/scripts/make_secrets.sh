#!/bin/sh
# Makes what no repository may hold: .env with a random secret for each that is empty, and a certificate authority
# with one certificate for MySQL and Redis. What is there stays as it is.
set -eu
umask 077
cd "$(dirname "$0")/.."

command -v openssl >/dev/null || { echo "make_secrets: openssl is needed" >&2; exit 1; }

# Secrets are hexadecimal: no character of theirs means something to a shell, to YAML or to SQL.
[ -f .env ] || : > .env
# shellcheck disable=SC2013 # one word a line
for name in $(sed -n 's/^# secret: \([A-Z_]*\)$/\1/p' .env.example); do
  grep -q "^$name=." .env && continue
  grep -v "^$name=" .env > .env.new || true
  # Nacos reads its token key as base64 of at least 32 bytes.
  if [ "$name" = NACOS_AUTH_TOKEN ]; then secret=$(openssl rand -base64 48); else secret=$(openssl rand -hex 24); fi
  printf '%s=%s\n' "$name" "$secret" >> .env.new
  mv .env.new .env
  echo "make_secrets: made $name"
done

if [ ! -f tls/server.pem ]; then
  rm -rf tls.new
  mkdir tls.new
  (
    cd tls.new
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
      -subj /CN=iai-authority -keyout ca.key -out ca.pem 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
      -subj /CN=iai-server -keyout server.key -out server.csr 2>/dev/null
    printf 'subjectAltName=DNS:mysql,DNS:redis,DNS:localhost,IP:127.0.0.1\n' > names.cnf
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \
      -extfile names.cnf -out server.pem 2>/dev/null
    # Nobody signs with it a second time.
    rm -f ca.key ca.srl server.csr names.cnf
  )
  # Containers have users of their own, so the files are readable; the folder lets nobody of this machine in.
  chmod 644 tls.new/*
  mv tls.new tls
  echo "make_secrets: made tls/ca.pem and tls/server.pem"
fi

# start_all.sh fills it when there is somebody who can make a key.
if [ ! -f prometheus/secrets/iai-metrics-key ]; then
  mkdir -p prometheus/secrets
  : > prometheus/secrets/iai-metrics-key
  chmod 644 prometheus/secrets/iai-metrics-key
fi
