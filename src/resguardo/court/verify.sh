#!/bin/sh
# Checks a Resguardo court bag. Needs only: sh, sha256sum (or shasum), openssl 3 or later, the usual text
# tools, and for a ZIP that is not unpacked, unzip.
#   sh verify.sh [--key FINGERPRINT|FILE.pem] [--lang es|en] [FOLDER|BAG.zip]
# Exit: 0 valid, 1 not valid, 2 not a bag. Without --key, 0 means: valid if the fingerprint it prints is the
# one that the institution has published.
# Checked, in this order: structure, digests, chain, end, items, checkpoint, key, inclusion, signature,
# witnesses, stamps, times.
# Files are hashed in batches, never one process for each: thousands of events take seconds.
LC_ALL=C; export LC_ALL
lang=es; key=; keyed=; dir=
sha=sha256sum; command -v sha256sum > /dev/null || sha="shasum -a 256"
digest() { $sha | cut -c1-64; }
print_of() { openssl pkey -pubin -in "$1" -outform DER 2>/dev/null | tail -c 32 | digest; }
while [ $# -gt 0 ]; do
  case $1 in
    --key) keyed=1; if [ -f "$2" ]; then key=$(print_of "$2"); else key=$(printf '%s' "$2" | tr -d ' :' | tr A-F a-f); fi; shift 2 ;;
    --lang) lang=$2; shift 2 ;;
    *) dir=$1; shift ;;
  esac
done
[ -n "$dir" ] || dir=$(dirname "$0")
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' INT TERM

say() { if [ "$lang" = en ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }
no_bag() { say "No es una bolsa de prueba." "This is not a court bag." >&2; exit 2; }
fail() { # check, Spanish, English
  printf '  [X] %s\n' "$1"
  say "NO VÁLIDO (NOT VALID): $1. $2" "NOT VALID: $1. $3"
  exit 1
}
ok() { printf '  [ok] %s\n' "$1"; }
hashes() { # folder, how many files: their digests, in the order of their numbers
  (cd "$1" && awk -v n="$2" 'BEGIN { for (i = 0; i < n; i++) print i }' | xargs $sha) | cut -c1-64
}
epoch='function epoch(y, m, d, clock,  t) { # seconds since 1970, from a date and hh:mm:ss
  split(clock, t, ":"); if (m < 3) { y--; m += 12 }
  return (365*y + int(y/4) - int(y/100) + int(y/400) + int((153*(m-3) + 2)/5) + d - 719469)*86400 + t[1]*3600 + t[2]*60 + int(t[3]) }'
seconds() { printf '%s\n' "$1" | awk "$epoch"'{ split(substr($0, 1, 10), d, "-"); print epoch(d[1], d[2], d[3], substr($0, 12, 8)) }'; }

# structure: only ordinary files, each named once and listed once, nothing beside the lists, no way out
twice() { fail structure "Un archivo está dos veces." "A file is there twice."; }
odd() { fail structure "Hay algo que no es un archivo común." "There is something that is not an ordinary file."; }
outside() { fail structure "Se nombra un lugar fuera de la bolsa." "A place outside the bag is named."; }
if [ -f "$dir" ]; then
  command -v unzip > /dev/null || { say "Desempaque el ZIP primero." "Unpack the ZIP first." >&2; exit 2; }
  unzip -Z1 "$dir" > "$tmp/names" 2>/dev/null || no_bag
  grep -q '/bagit.txt$' "$tmp/names" && grep -q '/manifest-sha256.txt$' "$tmp/names" || no_bag
  [ -z "$(sort "$tmp/names" | uniq -d)" ] || twice
  part='[A-Za-z0-9][A-Za-z0-9._-]*'
  grep -qvE "^$part(/$part)*/?\$" "$tmp/names" && outside
  # every entry an ordinary file, stored as it is, and together no more than the ZIP holds
  unzip -Z "$dir" 2>/dev/null | awk -v most="$(wc -c < "$dir")" '
    /^[-dlbcps?]......... / { sum += $4; if ($1 !~ /^[-?]/ && $1 !~ /^d/ || $6 != "stor") bad = 1 } END { exit bad || sum > most }' || odd
  unzip -q "$dir" -d "$tmp/bag" > "$tmp/said" 2>&1
  ! grep -qiE 'mismatching|overlapped' "$tmp/said" || odd
  [ "$(cut -d/ -f1 "$tmp/names" | sort -u | grep -c .)" -eq 1 ] || twice
  dir=$tmp/bag/$(head -1 "$tmp/names" | cut -d/ -f1)
fi
cd "$dir" 2>/dev/null || no_bag
[ -f bagit.txt ] && [ -f manifest-sha256.txt ] || no_bag
find . ! -type f ! -type d | grep -q . && odd
cat manifest-sha256.txt tagmanifest-sha256.txt > "$tmp/lists" 2>/dev/null
part='[A-Za-z0-9][A-Za-z0-9._-]*'
grep -qvE "^[0-9a-f]{64}  $part(/$part)*\$" "$tmp/lists" && outside
cut -c67- "$tmp/lists" | sort > "$tmp/listed"
[ -z "$(uniq -d "$tmp/listed")" ] || twice
find . -type f | sed 's|^\./||' | grep -vE '^(tagmanifest-sha256\.txt|seals/bag(\.p7s|-stamp-[0-9]+\.(tsr|pem)))$' | sort > "$tmp/found"
for must in data/custody/events.jsonl data/custody/proofs.txt seals/checkpoint.txt seals/log.pub.pem; do echo $must; done >> "$tmp/found"
sort -u "$tmp/found" | cmp -s "$tmp/listed" - && ! grep -qv '  data/' manifest-sha256.txt && ! grep -q '  data/' tagmanifest-sha256.txt \
  || fail structure "Sobra o falta un archivo: lo que hay no es lo que dicen las listas." "A file is missing or added: what is here is not what the lists say."
ok structure

# digests: every file is the one that was listed
$sha -c manifest-sha256.txt > /dev/null 2>&1 || fail digests "Un archivo cambió después de hacerse la bolsa." "A file changed after the bag was made."
$sha -c tagmanifest-sha256.txt > /dev/null 2>&1 || fail digests "Una lista o un sello cambió después de hacerse la bolsa." "A list or a seal changed after the bag was made."
ok digests

# chain: each event names the digest of the one before; one case, times in order
events=data/custody/events.jsonl
[ -s "$events" ] && [ -z "$(tail -c 1 "$events")" ] || fail chain "Falta la cadena de custodia." "The chain of custody is missing."
mkdir "$tmp/event" "$tmp/leaf"; n=0
while IFS= read -r line; do
  printf '%s' "$line" > "$tmp/event/$n"
  { printf '\000'; printf '%s' "$line"; } > "$tmp/leaf/$n"
  n=$((n + 1))
done < "$events"
# at case kind seq prev, from the canonical order of the fields
sed -n 's/^{"about":{.*},"actor":".*,"at":"\([0-9T:.-]*Z\)","case":"\([^" ]*\)","kind":"\([a-z-]*\)","party":".*,"prev":"\([0-9a-f]*\)","reason":.*,"seq":\([0-9]*\),"step":.*,"v":1}$/\1 \2 \3 \5 p\4/p' "$events" > "$tmp/fields"
hashes "$tmp/event" "$n" > "$tmp/hashes"
wrong=$([ "$(grep -c . "$tmp/fields")" -eq "$n" ] || echo follow 0
  paste -d' ' "$tmp/fields" "$tmp/hashes" | awk '
  $4 != NR - 1 || $5 != "p" before { print "follow", NR - 1; exit }
  NR > 1 && $2 != first { print "case", NR - 1; exit }
  $1 < at { print "time", NR - 1; exit }
  { before = $6; at = $1; first = $2 }')
case $wrong in
  follow*) fail chain "Un hecho no sigue al anterior: alguno fue cambiado, quitado o movido (${wrong##* })." "An event does not follow the one before: one was changed, dropped or moved (${wrong##* })." ;;
  case*) fail chain "El hecho ${wrong##* } es de otro caso." "Event ${wrong##* } belongs to another case." ;;
  time*) fail chain "Las horas de la cadena van hacia atrás." "The times of the chain run backwards." ;;
esac
ok chain

# end: the last event is the making of this bag; it names what is in it and what is left out
tail -1 "$tmp/fields" > "$tmp/end"; read -r newest case kind _ < "$tmp/end"
[ "$kind" = exported ] || fail end "La cadena está cortada: no termina con la hechura de la bolsa." "The chain is cut off: it does not end with the making of the bag."
ok end

# items: every file is the one sealed on receipt; each one sealed is here or said to be left out
named() { tail -1 "$events" | sed -n 's/.*"'"$1"'":\[\([^]]*\)\].*/\1/p' | tr ',' '\n' | tr -d '"' | grep . | sort; }
named items > "$tmp/opened"; named unopened > "$tmp/unopened"; named left_out > "$tmp/left"
sort "$tmp/opened" "$tmp/unopened" > "$tmp/included"
signer=$(tail -1 "$events" | sed -n 's/.*"signer":"\([0-9a-f]\{64\}\)".*/\1/p')
listed() { sed -n "s|^\([0-9a-f]*\)  data/$1\$|\2 \1|p" manifest-sha256.txt | sort; }
listed 'items/\([0-9a-f-]\{36\}\)\.[a-z0-9]*' > "$tmp/present"
listed 'items/\([0-9a-f-]\{36\}\)\.age' | cut -d' ' -f1 > "$tmp/shut"
listed 'keys/\([0-9a-f-]\{36\}\)\.age' | cut -d' ' -f1 > "$tmp/keys"
# what the chain says of each file received: its digest as it came, and as it was sealed (in older histories) or
# first read back
sed -n 's/.*"item":"\([0-9a-f-]*\)".*"sealed_sha256":"\([0-9a-f]\{64\}\)","size":.*,"kind":"evidence-sealed","party":.*/\1 \2/p' "$events" > "$tmp/backs"
sed -n 's/^{"about":{"item":"\([0-9a-f-]*\)","sealed_sha256":"\([0-9a-f]\{64\}\)"[,}].*,"kind":"item-read-back","party":.*/\1 \2/p' "$events" >> "$tmp/backs"
sed -n 's/.*"item":"\([0-9a-f-]*\)".*"plain_sha256":"\([0-9a-f]*\)".*,"kind":"evidence-sealed","party":.*/\1 \2/p' "$events" |
  awk -v shut="$tmp/shut" -v backs="$tmp/backs" 'BEGIN {
    while ((getline line < shut) > 0) age[line] = 1
    while ((getline line < backs) > 0) { split(line, said, " "); if (!(said[1] in back)) back[said[1]] = said[2] } }
  { print $1, ($1 in age) ? back[$1] : $2 }' | sort > "$tmp/sealed"
cut -d' ' -f1 "$tmp/present" | cmp -s - "$tmp/included" && cmp -s "$tmp/shut" "$tmp/unopened" && cmp -s "$tmp/keys" "$tmp/unopened" \
  || fail items "Los archivos de la bolsa no son los que dice la cadena." "The files of the bag are not those that the chain names."
others='data/custody/(events\.jsonl|proofs\.txt)'; [ -z "$signer" ] || others='data/(custody/(events\.jsonl|proofs\.txt)|case\.jsonld|report\.pdf)'
[ "$(grep -c . manifest-sha256.txt)" -eq $(($(grep -c . "$tmp/present") + $(grep -c . "$tmp/keys") + ${signer:+2 +} 2)) ] \
  && [ "$(grep -cE "^[0-9a-f]{64}  $others\$" manifest-sha256.txt)" -eq $((${signer:+2 +} 2)) ] \
  || fail items "Hay un archivo que la cadena no nombra." "There is a file that the chain does not name."
sort "$tmp/included" "$tmp/left" > "$tmp/all"
cut -d' ' -f1 "$tmp/sealed" | cmp -s - "$tmp/all" || fail items "Un archivo recibido no está en la bolsa ni se dice que quedó fuera." "A file received is neither in the bag nor said to be left out."
[ -z "$(comm -23 "$tmp/present" "$tmp/sealed")" ] || fail items "Un archivo no es el que se selló al recibirlo." "A file is not the one that was sealed on receipt."
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
print=$(print_of seals/log.pub.pem)
if [ -n "$keyed" ]; then
  [ "$key" = "$print" ] || fail key "La bolsa está firmada con otra llave que la publicada." "The bag is signed with another key than the published one."
  ok key
fi

# inclusion: every event is in the tree that the checkpoint signs. All proofs climb together, a level a turn.
proofs=data/custody/proofs.txt
h='[0-9a-f]{64}'
[ "$(grep -cE "^[0-9]{1,15} [0-9]{1,15} [0-9]{1,15} (-|$h(,$h)*)\$" "$proofs")" -eq "$n" ] && [ "$(grep -c '' "$proofs")" -eq "$n" ] \
  || fail inclusion "Faltan pruebas de que los hechos están en el registro." "Proofs that events are in the log are missing."
awk -v size="$size" '$1 != NR - 1 || $3 != size || $2 >= size { exit 1 }' "$proofs" \
  || fail inclusion "Las pruebas son de otro punto de control." "The proofs belong to another checkpoint."
hashes "$tmp/leaf" "$n" | paste -d' ' - "$proofs" | tr ',' ' ' | awk '{ # place, last place, hash, hashes to join
  rest = ""; if ($5 != "-") for (i = 5; i <= NF; i++) rest = rest " " $i
  printf "%d %d %s%s\n", $3, $4 - 1, $1, rest }' > "$tmp/climb"
while awk 'NF > 3 { found = 1; exit } END { exit !found }' "$tmp/climb"; do
  rm -rf "$tmp/node"; mkdir "$tmp/node"
  awk -v pairs="$tmp/pairs" 'BEGIN { for (i = 0; i < 256; i++) octal[sprintf("%02x", i)] = sprintf("\\%03o", i); printf "" > pairs }
  NF < 4 || $2 == 0 { print (NF < 4 ? $0 : $1 " 1 long"); next } # joined already, or a proof that is too long
  { place = $1; last = $2; both = $3 $4
    if (place % 2 || place == last) {
      both = $4 $3
      while (place % 2 == 0 && place > 0) { place = int(place / 2); last = int(last / 2) }
    }
    if (!(both in number)) {
      number[both] = count++; line = "\\001"
      for (i = 1; i < 128; i += 2) line = line octal[substr(both, i, 2)]
      print line > pairs
    }
    printf "%d %d #%d", int(place / 2), int(last / 2), number[both]
    for (i = 5; i <= NF; i++) printf " %s", $i
    print "" }' "$tmp/climb" > "$tmp/next"
  count=0
  while IFS= read -r line; do printf "$line" > "$tmp/node/$count"; count=$((count + 1)); done < "$tmp/pairs"
  if [ "$count" -gt 0 ]; then hashes "$tmp/node" "$count"; fi > "$tmp/joined"
  awk -v joined="$tmp/joined" 'BEGIN { while ((getline line < joined) > 0) hash[count++] = line }
  $3 ~ /^#/ { $3 = hash[substr($3, 2) + 0] } { print }' "$tmp/next" > "$tmp/climb"
done
wrong=$(awk -v root="$root" '$2 != 0 || $3 != root { print NR - 1; exit }' "$tmp/climb")
[ -z "$wrong" ] || fail inclusion "El hecho $wrong no está en el registro firmado." "Event $wrong is not in the signed log."
ok inclusion

# signature: the certificate is the one that the chain names, and its key signed the lists
if [ -n "$signer" ] || [ -n "$(find seals -name 'bag.p7s' -o -name 'bag-stamp-*')" ]; then
  [ "$(grep -c 'BEGIN CERTIFICATE' seals/bag.pem 2>/dev/null)" = 1 ] && [ "$(openssl x509 -in seals/bag.pem -outform DER 2>/dev/null | digest)" = "$signer" ] \
    || fail signature "La bolsa está firmada con otro certificado que el que dice la cadena." "The bag is signed with another certificate than the one that the chain names."
  openssl cms -verify -binary -inform DER -in seals/bag.p7s -content tagmanifest-sha256.txt -certfile seals/bag.pem -nointern -noverify > /dev/null 2>&1 \
    || fail signature "La firma de la bolsa falta o no es de sus listas." "The signature of the bag is missing, or is not of its lists."
fi
ok signature

# witnesses: each saw this very checkpoint and signed it with its own key (C2SP cosignature/v1)
seen=
for line in seals/witness-*.txt; do
  [ -f "$line" ] || continue
  pem=${line%.txt}.pub.pem; name=$(sed -n '1s/^— \([^ ]*\) [A-Za-z0-9+/=]*$/\1/p' "$line")
  sed -n '1s/.* //p' "$line" | openssl base64 -d -A 2>/dev/null > "$tmp/blob"
  tail -c +13 "$tmp/blob" > "$tmp/sig"
  { printf '%s\n\004' "$name"; openssl pkey -pubin -in "$pem" -outform DER 2>/dev/null | tail -c 32; } > "$tmp/named"
  seconds=$(head -c 12 "$tmp/blob" | tail -c 8 | od -An -v -tu1 | awk '{ for (i = 1; i <= NF; i++) t = t * 256 + $i } END { printf "%.0f", t }')
  { printf 'cosignature/v1\ntime %s\n' "$seconds"; cat "$tmp/body"; } > "$tmp/cosigned"
  [ -n "$name" ] && [ "$(grep -c '' "$line")" = 1 ] && [ "$(head -c 4 "$tmp/blob" | od -An -tx1 | tr -d ' ')" = "$(digest < "$tmp/named" | cut -c1-8)" ] \
    && openssl pkeyutl -verify -pubin -inkey "$pem" -rawin -in "$tmp/cosigned" -sigfile "$tmp/sig" > /dev/null 2>&1 \
    || fail witnesses "La firma de un testigo no es de este punto de control." "The signature of a witness does not belong to this checkpoint."
  seen="$seen $(print_of "$pem")"
done
ok witnesses

# stamps: each is of this checkpoint, or of this bag's signature, checked at the moment it names (its
# certificate may have ended since)
stamped=; stamps=; sealing=; sealed=0
stamp() { # token, what it stamps, sentences
  at=$(openssl ts -reply -in "$1" -text 2>/dev/null | awk "$epoch"'sub(/^Time stamp: /, "") {
    print epoch($4, (index("JanFebMarAprMayJunJulAugSepOctNovDec", $1) + 2) / 3, $2, $3) }')
  openssl ts -verify -data "$2" -in "$1" -CAfile "${1%.tsr}.pem" -attime "${at:-0}" > /dev/null 2>&1 || fail stamps "$3" "$4"
  stamped="$stamped $at"; stamps="$stamps ${1%.tsr}.pem"
}
for tsr in seals/stamp-*.tsr; do
  [ ! -f "$tsr" ] || stamp "$tsr" "$note" "Un sello de tiempo no es de este punto de control." "A time stamp does not belong to this checkpoint."
done
for tsr in seals/renewal-*-*.tsr; do # each covers the checkpoint and the token that it renews
  [ -f "$tsr" ] || continue
  which=${tsr#seals/renewal-}; turn=${which#*-}; turn=${turn%.tsr}; which=${which%%-*}
  if [ "$turn" = 1 ]; then old=seals/stamp-$which.tsr; else old=seals/renewal-$which-$((turn - 1)).tsr; fi
  cat "$note" "$old" > "$tmp/renewed" 2>/dev/null
  stamp "$tsr" "$tmp/renewed" "Una renovación no es de su sello de tiempo." "A renewal does not belong to its time stamp."
done
for tsr in seals/bag-stamp-*.tsr; do
  [ -f "$tsr" ] || continue
  stamp "$tsr" seals/bag.p7s "Un sello de tiempo no es de la firma de esta bolsa." "A time stamp does not belong to this bag."
  sealed=$((sealed + 1)); sealing="$sealing $at"
done
said=$(sed -n 's/^Signature-Stamps: \([0-9]\{1,3\}\)$/\1/p' bag-info.txt)
[ "$sealed" -eq "${said:-0}" ] || fail stamps "Falta un sello de tiempo que la bolsa dice tener." "A time stamp that the bag says it has is missing."
ok stamps

# times: nothing happened after it was signed, and the bag is as new as its checkpoint
[ "$(printf '%s\n%s\n' "$newest" "$made" | sort | tail -1)" = "$made" ] || fail times "Un hecho tiene hora posterior a su punto de control." "An event is later than its checkpoint."
signed=$(seconds "$made"); ended=$(seconds "$newest")
[ $((signed - ended)) -le 300 ] || fail times "El punto de control es mucho más nuevo que el final de la cadena: le faltan hechos." "The checkpoint is much newer than the end of the chain: events are missing."
for at in $stamped; do
  [ "$at" -ge $((signed - 1)) ] || fail times "Un sello de tiempo es anterior a su punto de control." "A time stamp is earlier than its checkpoint."
done
for at in $sealing; do
  [ $((at - signed)) -le 3600 ] || fail times "La hora del servidor no concuerda con la de la autoridad de tiempo." "The server's time does not agree with that of the time authority."
done
ok times

say "Bolsa del caso $case, hecha el $newest; archivos que quedaron fuera: $(grep -c . "$tmp/left")." "Bag of case $case, made at $newest; files left out: $(grep -c . "$tmp/left")."
[ -n "$stamped" ] || say "Aún sin sello de tiempo de una autoridad." "Not yet stamped by a time authority."
[ -z "$signer" ] || say "Firmada con el certificado de huella: $signer" "Signed with the certificate of fingerprint: $signer"
for print_w in $seen; do say "Vista y firmada por el testigo de huella: $print_w" "Seen and signed by the witness of fingerprint: $print_w"; done
for pem in $stamps; do say "Sellada por la autoridad cuyos certificados tienen esta huella: $(digest < "$pem")" "Stamped by the authority whose certificates have this fingerprint: $(digest < "$pem")"; done
if [ -n "$keyed" ]; then
  say "VÁLIDO (VALID): $n hechos, $(grep -c . "$tmp/included") archivos, sin cambios desde que se recibieron." \
      "VALID: $n events, $(grep -c . "$tmp/included") files, unchanged since they were received."
else
  say "VÁLIDO (VALID), si la huella publicada de la llave del registro es: $print" "VALID, if the published fingerprint of the log's key is: $print"
fi
