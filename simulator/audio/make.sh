#!/bin/sh
# Makes every audio file in this folder anew; README.md says what each of them is.
# Debian: apt-get install espeak-ng sox lame vorbis-tools opus-tools
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# say VOICE TEXT RATE_HZ OUT.wav: speech as 16-bit mono PCM, peak at -6 dBFS, no dither, so that it is the same each time
say() {
    espeak-ng -v "$1" -s 165 -w "$work/spoken.wav" "$2"
    sox -D "$work/spoken.wav" -b 16 -c 1 -r "$3" "$4" norm -6
}

# mp3 IN.wav KBIT_S OUT.mp3
mp3() { lame --quiet -m m --cbr -b "$2" "$1" "$3"; }

# compressed STEM KBIT_S: STEM.mp3, STEM.ogg (Vorbis) and STEM.opus (Opus in Ogg) from STEM.wav
compressed() {
    mp3 "$1.wav" "$2" "$1.mp3"
    oggenc --quiet --serial 1 --quality 2 --output "$1.ogg" "$1.wav"
    opusenc --quiet --serial 1 --bitrate "$2" "$1.wav" "$1.opus"
}

rm -f ./*.wav ./*.mp3 ./*.ogg ./*.opus

say en "Welcome. One moment, please." 8000 en.standard.welcome.wav
say es "Bienvenido. Un momento, por favor." 8000 es.standard.welcome.wav
say en "Welcome to the premium line." 16000 en.premium.welcome.wav
say es "Bienvenido al servicio premium." 16000 es.premium.welcome.wav
compressed en.standard.welcome 16
compressed es.standard.welcome 16
compressed en.premium.welcome 24
compressed es.premium.welcome 24

# loud: the welcome 30 dB up, clipped at full scale
sox -D en.standard.welcome.wav en.standard.loud.wav gain 30 2>/dev/null
mp3 en.standard.loud.wav 16 en.standard.loud.mp3

# long: 31 s, a second more than a barge may last; a quiet tone of 440 Hz
sox -D -n -b 16 -c 1 -r 8000 "$work/long.wav" synth 31 sine 440 gain -20
mp3 "$work/long.wav" 8 en.standard.long.mp3
oggenc --quiet --serial 1 --quality -1 --output en.standard.long.ogg "$work/long.wav"

# lying: an MP3 that calls itself WAV
cp en.standard.welcome.mp3 en.standard.lying.wav

# broken: a WAV cut off inside its header, and an MP3 that is noise with no frame in it
head -c 30 en.standard.welcome.wav > en.standard.broken.wav
awk 'BEGIN { for (at = 0; at < 2048; at++) printf "%c", 65 + at % 26 }' > en.standard.broken.mp3

bytes=$(cat ./*.wav ./*.mp3 ./*.ogg ./*.opus | wc -c)
echo "$bytes bytes of audio"
[ "$bytes" -le 600000 ] || { echo "more than 600,000 bytes: too much for a repository" >&2; exit 1; }
