package main

import (
	"encoding/binary"
	"errors"
)

// chunk is an AudioChunk, result a TranscriptResult (proto/transcription.proto). They are written and read by hand:
// generated code of whichever version is at hand would only be slower.
type chunk struct {
	conversationID, participantID, languageCode, audioFormat string
	audio                                                    []byte
	sequenceNumber, sampleRate                               uint64
}

type result struct {
	text           string
	sequenceNumber uint64
}

type codec struct{}

func (codec) Name() string { return "proto" }

func (codec) Marshal(v interface{}) ([]byte, error) {
	c := v.(*chunk)
	out := make([]byte, 0, len(c.conversationID)+len(c.participantID)+len(c.languageCode)+len(c.audioFormat)+len(c.audio)+40)
	out = appendText(out, 1, c.conversationID)
	out = appendText(out, 2, c.participantID)
	out = append(out, 3<<3|2)
	out = appendVarint(out, uint64(len(c.audio)))
	out = append(out, c.audio...)
	out = appendText(out, 4, c.languageCode)
	out = appendVarint(append(out, 5<<3), c.sequenceNumber)
	out = appendVarint(append(out, 6<<3), c.sampleRate)
	return appendText(out, 7, c.audioFormat), nil
}

func (codec) Unmarshal(data []byte, v interface{}) error {
	r := v.(*result)
	for len(data) > 0 {
		tag, n := binary.Uvarint(data)
		if n <= 0 {
			return errors.New("not a TranscriptResult")
		}
		value, m := binary.Uvarint(data[n:])
		if m <= 0 {
			return errors.New("not a TranscriptResult")
		}
		data = data[n+m:]
		if tag == 4<<3 {
			r.sequenceNumber = value
		}
		if tag&7 != 2 {
			continue
		}
		if uint64(len(data)) < value {
			return errors.New("not a TranscriptResult")
		}
		if tag>>3 == 2 {
			r.text = string(data[:value])
		}
		data = data[value:]
	}
	return nil
}

func appendVarint(out []byte, value uint64) []byte {
	for ; value >= 128; value >>= 7 {
		out = append(out, byte(value)|128)
	}
	return append(out, byte(value))
}

func appendText(out []byte, field byte, text string) []byte {
	out = append(out, field<<3|2)
	return append(appendVarint(out, uint64(len(text))), text...)
}
