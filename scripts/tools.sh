#!/bin/sh
# The programs that the tests use and Python's registry does not have: a browser, a database, age, openssl, a
# reader of signed PDF, a software security module, a clock that can be set.
# As root on a Debian-like machine they are installed; otherwise one sentence says what to install.
set -eu
missing=
command -v age > /dev/null || missing="$missing age"
command -v openssl > /dev/null || missing="$missing openssl"
[ -x /usr/bin/chromium ] || missing="$missing chromium"
command -v pdfsig > /dev/null || missing="$missing poppler-utils"
[ -e /usr/lib/softhsm/libsofthsm2.so ] || missing="$missing softhsm2"
command -v faketime > /dev/null || missing="$missing faketime"
command -v unzip > /dev/null || missing="$missing unzip"
ls /usr/lib/postgresql/*/bin/initdb > /dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  apt-get update -qq
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
  echo "The tests need these Debian packages:$missing. Install them with: sudo apt-get install$missing" >&2
  exit 1
fi
