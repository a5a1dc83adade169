#!/bin/sh
# Makes every call's audio in this folder anew; ../README.md says what each of them is.
# Debian: apt-get install espeak-ng sox
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# say VOICE TEXT NAME: speech as G.711 mu-law, 8 kHz, mono, peak at -6 dBFS, half a second of silence around it, no dither
say() {
    espeak-ng -v "$1" -s 150 -w "$work/spoken.wav" "$2"
    sox -D "$work/spoken.wav" -e mu-law -b 8 -c 1 -r 8000 "$3.wav" norm -6 pad 0.5 0.8
    printf '%s\n' "$2" > "$3.txt"
}

rm -f ./*.wav ./*.txt

say en-us "I want to return my order and get a refund." en.refund
say en-us "Please send the invoice to my new address." en.invoice
say en-us "My flight was cancelled this morning." en.flight
say es "Buenos días, quiero hablar con un agente sobre mi factura." es.factura
say de "Guten Tag, ich möchte meine Rechnung heute bezahlen." de.rechnung
say fr "Bonjour, je voudrais changer la date de mon rendez-vous." fr.rendezvous

bytes=$(cat ./*.wav | wc -c)
echo "$bytes bytes of audio"
[ "$bytes" -le 250000 ] || { echo "more than 250,000 bytes: too much for a repository" >&2; exit 1; }
