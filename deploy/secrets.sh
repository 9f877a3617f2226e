#!/bin/sh
# Makes what a deployment keeps secret: an authority, a certificate for the NATS servers, and a
# password for every user that nats/*.conf names. Needs openssl.
#
#   deploy/secrets.sh FOLDER [NAME...]
#
# NAMEs are the host names of the servers, for their certificate; without any those of compose.yaml.
# What is there already is kept, so that it can be run again after a user was added.
set -eu
umask 077

here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?"usage: $0 FOLDER [NAME...]"}
shift
[ $# -gt 0 ] || set -- nats-1 nats-2 nats-3
# The folder is closed to others. The files in it are not, because a container that one of them is
# mounted into reads it as another user; only the authority's key is.
mkdir -p "$folder"
chmod 0700 "$folder"
cd "$folder"

days_of_authority=3650
days_of_servers=397

if [ ! -e ca.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 \
    -days "$days_of_authority" -subj "/CN=backhaul authority" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout ca-key.pem -out ca.pem 2>/dev/null
fi

if [ ! -e server.pem ]; then
  names=DNS:localhost,IP:127.0.0.1
  for name in "$@"; do names=$names,DNS:$name; done
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=backhaul nats" \
    -keyout server-key.pem -out server.csr 2>/dev/null
  # A server that connects to another one is its client, hence both uses.
  printf '%s\n' "subjectAltName=$names" "extendedKeyUsage=serverAuth,clientAuth" \
    "keyUsage=critical,digitalSignature" "basicConstraints=critical,CA:FALSE" > server.ext
  openssl x509 -req -sha256 -in server.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial \
    -days "$days_of_servers" -extfile server.ext -out server.pem 2>/dev/null
  rm -f server.csr server.ext
fi

: > nats.env
grep -oh 'BACKHAUL_NATS_PASSWORD_[A-Z0-9_]*' "$here"/nats/*.conf | sort -u |
while read -r variable; do
  user=$(printf '%s' "${variable#BACKHAUL_NATS_PASSWORD_}" | tr 'A-Z_' 'a-z-')
  # Begins with a letter: a server takes what begins with a digit for a number.
  [ -e "$user.password" ] || printf 'p%s' "$(openssl rand -hex 24)" > "$user.password"
  printf '%s=%s\n' "$variable" "$(cat "$user.password")" >> nats.env
done

chmod 0644 ./*.pem ./*.password nats.env
chmod 0600 ca-key.pem

echo "made in $PWD; ca-key.pem signs certificates and belongs nowhere else than in a safe" >&2
