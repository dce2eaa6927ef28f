#!/bin/sh
# Checks a Resguardo court bag. Needs only: sh, sha256sum, openssl (3 or later), and the usual text tools.
#   sh verify.sh [--key FINGERPRINT] [--lang es|en] [FOLDER]
# Exit: 0 valid, 1 not valid, 2 not a bag.
# What is checked, in this order: structure, digests, chain, end, items, checkpoint, key, inclusion, stamps, times.
LC_ALL=C; export LC_ALL
lang=es; key=; dir=
while [ $# -gt 0 ]; do
  case $1 in
    --key) key=$2; shift 2 ;;
    --lang) lang=$2; shift 2 ;;
    *) dir=$1; shift ;;
  esac
done
[ -n "$dir" ] || dir=$(dirname "$0")
cd "$dir" 2>/dev/null || { echo "no existe / not found: $dir" >&2; exit 2; }
[ -f bagit.txt ] && [ -f manifest-sha256.txt ] || { echo "No es una bolsa de prueba. (Not a bag.)" >&2; exit 2; }
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT INT TERM

say() { if [ "$lang" = en ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }
fail() { # check, Spanish, English
  printf '  [X] %s\n' "$1"
  say "NO VÁLIDO (NOT VALID): $1. $2" "NOT VALID: $1. $3"
  exit 1
}
ok() { printf '  [ok] %s\n' "$1"; }
text() { sed -n "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p" "$1"; }
bytes() { # hex -> binary, in one printf
  printf "$(printf '%s' "$1" | sed 's/../\\x&/g' | awk '{ # to octal: every printf knows it
    n = split($0, h, "\\\\x"); d = "0123456789abcdef"
    for (i = 2; i <= n; i++) printf "\\%03o", (index(d, substr(h[i],1,1))-1)*16 + index(d, substr(h[i],2,1))-1 }')"
}
sum() { sha256sum | cut -c1-64; }

# structure: only ordinary files, each named once and listed once, nothing beside the lists
find . ! -type f ! -type d | grep -q . && fail structure "Hay algo que no es un archivo común." "There is something that is not an ordinary file."
cut -c67- manifest-sha256.txt tagmanifest-sha256.txt | sort > "$tmp/listed"
[ -n "$(uniq -d "$tmp/listed")" ] && fail structure "Un archivo está dos veces en las listas." "A file is listed twice."
grep -qE '(^/|^\.\.|/\.\.|^~|\\)' "$tmp/listed" && fail structure "Una lista nombra un lugar fuera de la bolsa." "A list names a place outside the bag."
find . -type f | sed 's|^\./||' | grep -v '^tagmanifest-sha256.txt$' | sort > "$tmp/found"
cmp -s "$tmp/listed" "$tmp/found" || fail structure "Sobra o falta un archivo: lo que hay no es lo que dicen las listas." "A file is missing or added: what is here is not what the lists say."
ok structure

# digests: every file is the one that was listed
sha256sum -c --quiet --strict manifest-sha256.txt > /dev/null 2>&1 || fail digests "Un archivo cambió después de hacerse la bolsa." "A file changed after the bag was made."
sha256sum -c --quiet --strict tagmanifest-sha256.txt > /dev/null 2>&1 || fail digests "Una lista o un sello cambió después de hacerse la bolsa." "A list or a seal changed after the bag was made."
ok digests

# chain: each event names the digest of the one before
events=data/custody/events.jsonl
[ -s "$events" ] || fail chain "Falta la cadena de custodia." "The chain of custody is missing."
prev=; n=0; first=; last_at=
while IFS= read -r line; do
  printf '%s' "$line" > "$tmp/e$n"
  case $line in *'"prev":"'"$prev"'"'*'"seq":'"$n"','*) ;; *) fail chain "El hecho $n no sigue al anterior: alguno fue cambiado, quitado o movido." "Event $n does not follow the one before: one was changed, dropped or moved." ;; esac
  who=$(text "$tmp/e$n" case); [ -n "$first" ] || first=$who
  [ "$who" = "$first" ] || fail chain "El hecho $n es de otro caso." "Event $n belongs to another case."
  prev=$(sha256sum < "$tmp/e$n" | cut -c1-64); n=$((n + 1))
done < "$events"
ok chain

# end: the last event is the making of this bag
last=$tmp/e$((n - 1))
[ "$(text "$last" kind)" = exported ] || fail end "La cadena está cortada: no termina con la hechura de la bolsa." "The chain is cut off: it does not end with the making of the bag."
ok end

# items: every file is the one sealed on receipt, and none is missing
sed -n 's/.*"items":\[\([^]]*\)\].*/\1/p' "$last" | tr ',' '\n' | tr -d '"' | grep . | sort > "$tmp/included"
sed -n 's|^[0-9a-f]\{64\}  data/items/\([0-9a-f-]\{36\}\)\.[a-z0-9]*$|\1|p' manifest-sha256.txt | sort > "$tmp/present"
cmp -s "$tmp/included" "$tmp/present" || fail items "Los archivos de la bolsa no son los que dice la cadena." "The files of the bag are not those that the chain names."
[ "$(grep -c '  data/' manifest-sha256.txt)" -eq $(( $(grep -c . "$tmp/present") + 2 )) ] || fail items "Hay un archivo que la cadena no nombra." "There is a file that the chain does not name."
while read -r id; do
  had=$(sed -n "s|^\([0-9a-f]\{64\}\)  data/items/$id\..*|\1|p" manifest-sha256.txt)
  grep -h "\"item\":\"$id\"" "$tmp"/e* 2>/dev/null | grep '"kind":"evidence-sealed"' > "$tmp/sealed"
  [ "$(text "$tmp/sealed" plain_sha256)" = "$had" ] || fail items "Un archivo no es el que se selló al recibirlo." "A file is not the one that was sealed on receipt."
done < "$tmp/included"
ok items

# checkpoint: signed by the log's key
note=seals/checkpoint.txt
sed '/^$/,$d' "$note" > "$tmp/body"
origin=$(sed -n 1p "$tmp/body"); size=$(sed -n 2p "$tmp/body"); made=$(sed -n 's/^time //p' "$tmp/body")
root=$(sed -n 3p "$tmp/body" | openssl base64 -d -A 2>/dev/null | od -An -v -tx1 | tr -d ' \n')
sed -n '/^$/,$p' "$note" | grep -F " $origin " | head -1 | sed 's/.* //' | openssl base64 -d -A 2>/dev/null | tail -c +5 > "$tmp/sig"
openssl pkeyutl -verify -pubin -inkey seals/log.pub.pem -rawin -in "$tmp/body" -sigfile "$tmp/sig" > /dev/null 2>&1 \
  || fail checkpoint "La firma del punto de control no es de la llave del registro." "The checkpoint is not signed by the log's key."
ok checkpoint

# key: the log's key is the one that was published
print=$(openssl pkey -pubin -in seals/log.pub.pem -outform DER 2>/dev/null | tail -c 32 | sum)
if [ -n "$key" ]; then
  [ "$key" = "$print" ] || fail key "La bolsa está firmada con otra llave que la publicada." "The bag is signed with another key than the published one."
  ok key
fi

# inclusion: every event is in the tree that the checkpoint signs
node() { { printf '\001'; bytes "$1"; bytes "$2"; } | sum; }
[ "$(grep -c . data/custody/proofs.txt)" -eq "$n" ] || fail inclusion "Faltan pruebas de que los hechos están en el registro." "Proofs that events are in the log are missing."
i=0
while read -r seq leaf tree path; do
  [ "$seq" = "$i" ] && [ "$tree" = "$size" ] || fail inclusion "Las pruebas son de otro punto de control." "The proofs belong to another checkpoint."
  hash=$({ printf '\000'; cat "$tmp/e$i"; } | sum)
  place=$leaf; end=$((size - 1))
  [ "$path" = - ] && path=
  for sibling in $(printf '%s' "$path" | tr ',' ' '); do
    if [ $((place % 2)) -eq 1 ] || [ "$place" -eq "$end" ]; then
      hash=$(node "$sibling" "$hash")
      while [ $((place % 2)) -eq 0 ] && [ "$place" -ne 0 ]; do place=$((place / 2)); end=$((end / 2)); done
    else
      hash=$(node "$hash" "$sibling")
    fi
    place=$((place / 2)); end=$((end / 2))
  done
  [ "$hash" = "$root" ] && [ "$end" -eq 0 ] || fail inclusion "El hecho $i no está en el registro firmado." "Event $i is not in the signed log."
  i=$((i + 1))
done < data/custody/proofs.txt
ok inclusion

# stamps: each is of this checkpoint
stamped=
for tsr in seals/stamp-*.tsr; do
  [ -f "$tsr" ] || continue
  when=$(openssl ts -reply -in "$tsr" -text 2>/dev/null | sed -n 's/^Time stamp: //p')
  at=$(date -u -d "$when" +%s 2>/dev/null) || fail stamps "Un sello de tiempo no se puede leer." "A time stamp cannot be read."
  openssl ts -verify -data "$note" -in "$tsr" -CAfile "${tsr%.tsr}.pem" -attime "$at" > /dev/null 2>&1 \
    || fail stamps "Un sello de tiempo no es de este punto de control." "A time stamp does not belong to this checkpoint."
  stamped="$stamped $at"
done
ok stamps

# times: nothing happened after it was signed, and the bag is as new as its checkpoint
i=0
while [ "$i" -lt "$n" ]; do printf "%s\n" "$(text "$tmp/e$i" at)"; i=$((i + 1)); done > "$tmp/times"
sort -c "$tmp/times" 2>/dev/null || fail times "Las horas de la cadena van hacia atrás." "The times of the chain run backwards."
newest=$(tail -1 "$tmp/times")
[ "$(printf '%s\n%s\n' "$newest" "$made" | sort | tail -1)" = "$made" ] || fail times "Un hecho tiene hora posterior a su punto de control." "An event is later than its checkpoint."
signed=$(date -u -d "$made" +%s); ended=$(date -u -d "$newest" +%s)
[ $((signed - ended)) -le 300 ] || fail times "El punto de control es mucho más nuevo que el final de la cadena: le faltan hechos." "The checkpoint is much newer than the end of the chain: events are missing."
for at in $stamped; do
  [ "$at" -ge $((signed - 1)) ] || fail times "Un sello de tiempo es anterior a su punto de control." "A time stamp is earlier than its checkpoint."
done
ok times

[ -n "$stamped" ] || say "Aún sin sello de tiempo de una autoridad." "Not yet stamped by a time authority."
if [ -n "$key" ]; then
  say "VÁLIDO (VALID): $n hechos, $(grep -c . "$tmp/included") archivos del caso $first, sin cambios desde que se recibieron." \
      "VALID: $n events, $(grep -c . "$tmp/included") files of case $first, unchanged since they were received."
else
  say "VÁLIDO (VALID), si la huella publicada de la llave del registro es: $print" "VALID, if the published fingerprint of the log's key is: $print"
fi
