#!/usr/bin/env bash
# Makes the test certificates of this folder anew. None of these keys is a secret. All certificates hold until 2126,
# but for those whose name says that they have expired; so the tests do not depend on the day they run on.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The authorities' keys are not kept.
authority() { # NAME COMMON_NAME
  : >"$work/$1.txt"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key"
  openssl req -new -key "$work/$1.key" -subj "/CN=$2" -out "$work/$1.csr"
  sign "$1" "$1" 20200101000000Z 21260101000000Z -selfsign <<<"basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash"
}

signed() { # AUTHORITY NAME COMMON_NAME PURPOSE SUBJECT_ALT_NAMES [LAST_DAY]
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$2.key"
  openssl req -new -key "$2.key" -subj "/CN=$3" -out "$work/$2.csr"
  sign "$1" "$2" 20200101000000Z "${6:-21260101000000Z}" -cert "$1.pem" <<<"basicConstraints=CA:FALSE
authorityKeyIdentifier=keyid
extendedKeyUsage=$4
${5:+subjectAltName=$5}"
}

sign() { # AUTHORITY NAME FIRST_DAY LAST_DAY OPTIONS: the extensions come on standard input
  local authority=$1 name=$2 from=$3 until=$4
  shift 4
  cat >"$work/ca.cnf" <<END
[ca]
default_ca=here
[here]
database=$work/$authority.txt
new_certs_dir=$work
default_md=sha256
rand_serial=yes
unique_subject=no
policy=any
[any]
commonName=supplied
END
  { printf '[extensions]\n'; cat; } >"$work/extensions.cnf"
  openssl ca -batch -notext -config "$work/ca.cnf" -extfile "$work/extensions.cnf" -extensions extensions \
    -keyfile "$work/$authority.key" -startdate "$from" -enddate "$until" -in "$work/$name.csr" -out "$name.pem" "$@" \
    2>"$work/log" || { cat "$work/log"; exit 1; }
}

rm -f -- *.pem *.key
authority authority "Headgate test authority"
authority other-authority "Another test authority"

here="DNS:localhost,IP:127.0.0.1"
signed authority server localhost serverAuth "$here"
signed authority renewed localhost serverAuth "$here"
signed authority expired localhost serverAuth "$here" 20210101000000Z
signed authority other-name a.example serverAuth "DNS:a.example"
signed authority common-name-only localhost serverAuth ""

signed authority agent agent clientAuth "DNS:agent-1.desk,URI:spiffe://desk/agent-1"
signed authority agent-of-nobody nobody clientAuth "DNS:nobody.desk"
signed authority agent-by-common-name agent-1.desk clientAuth ""
signed authority agent-expired agent clientAuth "DNS:agent-1.desk" 20210101000000Z
signed other-authority stranger agent clientAuth "DNS:agent-1.desk"

# The key of `server`, locked with a passphrase.
openssl pkcs8 -topk8 -in server.key -passout pass:secret -out server-encrypted.key
