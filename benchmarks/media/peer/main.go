// The peer: what seed 003 describes, done right. gorilla/websocket, grpc-go, one bidirectional stream a call; bearer
// and subprotocol checked before the upgrade, the sequence followed, malformed frames counted, frames limited.
//
// Tells its port and the version of grpc-go as one JSON line and serves until killed.
package main

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
	"google.golang.org/grpc"
)

const (
	mostFrameBytes = 64 * 1024
	mostMalformed  = 25 // in a row
	pingEvery      = 15 * time.Second
	idle           = 60 * time.Second
	streamAudio    = "/transcription.TranscriptionService/StreamAudio"
)

type mediaMessage struct {
	ConversationID string `json:"conversationId"`
	ParticipantID  string `json:"participantId"`
	Audio          string `json:"audio"`
	Format         string `json:"format"`
	SampleRate     uint64 `json:"sampleRate"`
	SequenceNumber uint64 `json:"sequenceNumber"`
	Timestamp      string `json:"timestamp"`
}

type counts struct {
	frames, gaps, repeats, malformed, inARow, expected uint64
}

func (c *counts) follow(sequence uint64) {
	c.frames++
	c.inARow = 0
	if c.expected != 0 && sequence > c.expected {
		c.gaps++
	} else if sequence < c.expected {
		c.repeats++
	}
	c.expected = sequence + 1
}

type gateway struct {
	bearer   []byte
	service  *grpc.ClientConn
	upgrader websocket.Upgrader
}

func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bearer := r.Header.Get("Authorization")
	if bearer == "" {
		http.Error(w, "no bearer", http.StatusUnauthorized)
		return
	}
	if subtle.ConstantTimeCompare([]byte(bearer), g.bearer) != 1 {
		http.Error(w, "unknown bearer", http.StatusForbidden)
		return
	}
	socket, err := g.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer socket.Close()
	if err := g.call(socket); err != nil {
		fmt.Fprintln(os.Stderr, "call:", err)
	}
}

func (g *gateway) call(socket *websocket.Conn) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	description := &grpc.StreamDesc{StreamName: "StreamAudio", ServerStreams: true, ClientStreams: true}
	stream, err := g.service.NewStream(ctx, description, streamAudio)
	if err != nil {
		return err
	}
	results := make(chan struct{})
	go hear(stream, results)
	stopPings := make(chan struct{})
	go ping(socket, stopPings)
	defer close(stopPings)
	if err := listen(socket, stream); err != nil {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	select {
	case <-results:
	case <-time.After(5 * time.Second):
	}
	return nil
}

func ping(socket *websocket.Conn, stop chan struct{}) {
	ticker := time.NewTicker(pingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = socket.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
		case <-stop:
			return
		}
	}
}

func hear(stream grpc.ClientStream, results chan struct{}) {
	defer close(results)
	for {
		var heard result
		if err := stream.RecvMsg(&heard); err != nil {
			return
		}
	}
}

// listen ends with nil when the caller has closed.
func listen(socket *websocket.Conn, stream grpc.ClientStream) error {
	var counted counts
	socket.SetReadLimit(mostFrameBytes)
	alive := func(string) error { return socket.SetReadDeadline(time.Now().Add(idle)) }
	socket.SetPongHandler(alive)
	for {
		if counted.frames%256 == 0 { // setting a deadline is not free
			_ = alive("")
		}
		_, frame, err := socket.ReadMessage()
		if err != nil {
			return nil
		}
		var message mediaMessage
		var audio []byte
		if err = json.Unmarshal(frame, &message); err == nil {
			audio, err = base64.StdEncoding.DecodeString(message.Audio)
		}
		if err != nil || message.ConversationID == "" || message.SampleRate == 0 {
			counted.malformed++
			if counted.inARow++; counted.inARow > mostMalformed {
				closing := websocket.FormatCloseMessage(websocket.CloseInvalidFramePayloadData, "malformed frames")
				return socket.WriteControl(websocket.CloseMessage, closing, time.Now().Add(time.Second))
			}
			continue
		}
		counted.follow(message.SequenceNumber)
		err = stream.SendMsg(&chunk{
			conversationID: message.ConversationID, participantID: message.ParticipantID, audio: audio,
			languageCode: "und", sequenceNumber: message.SequenceNumber, sampleRate: message.SampleRate,
			audioFormat: message.Format,
		})
		if err != nil {
			return err
		}
	}
}

func main() {
	service := flag.String("service", "", "host:port of the transcription service")
	key := flag.String("key", "", "the bearer that may come in")
	flag.Parse()
	connection, err := grpc.Dial(*service, grpc.WithInsecure(), grpc.WithDefaultCallOptions(grpc.ForceCodec(codec{})))
	if err != nil {
		panic(err)
	}
	door, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	upgrader := websocket.Upgrader{
		ReadBufferSize: 4096, WriteBufferSize: 4096, Subprotocols: []string{"media-api"},
		CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "" },
	}
	handler := http.NewServeMux()
	handler.Handle("/media-api", &gateway{[]byte("Bearer " + *key), connection, upgrader})
	fmt.Printf("{\"port\":%d,\"grpc\":\"%s\"}\n", door.Addr().(*net.TCPAddr).Port, grpc.Version)
	panic(http.Serve(door, handler))
}
