#!/bin/sh
# Makes the audio files in this folder anew. Debian: apt-get install sox lame vorbis-tools
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rm -f ./*.mp3 ./*.ogg

# 1.25 s of a tone, 22.05 kHz; what the encoder notes (Info, Xing) of its padding, and a file without such a note
sox -D -n -b 16 -c 1 -r 22050 "$work/tone.wav" synth 1.25 sine 440 gain -20
lame --quiet -m m --cbr -b 64 "$work/tone.wav" noted.mp3
lame --quiet -m m -V 5 "$work/tone.wav" variable.mp3
lame --quiet -m m -t -V 5 "$work/tone.wav" unnoted.mp3

# stereo
sox -D "$work/tone.wav" -c 2 "$work/stereo.wav"
oggenc --quiet --serial 7 --quality 0 --output stereo.ogg "$work/stereo.wav"
