/* The transcription service: gRPC over HTTP/2 as far as StreamAudio and health checks need it.
 *
 * Header blocks are not decoded: a stream that carries an AudioChunk is StreamAudio, one that ends without any is a
 * health check and is answered SERVING. Every `ack_every` chunks a TranscriptResult acknowledges what has come.
 * Source: RFC 9113; gRPC over HTTP/2; contracts 4. */
#define _GNU_SOURCE
#include "rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH, PING_FRAME, GOAWAY, WINDOW_UPDATE, CONTINUATION };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8 };
enum { STREAM_WINDOW = 1 << 18, CONNECTION_WINDOW = 1 << 23, READ_BYTES = 1 << 18 };

struct stream {
    uint32_t id, sequence, since_result, unreturned;
    bool over, said_headers, carried_audio;
    int64_t window; /* what we may still send on it */
    char conversation[64];
    struct buffer partial;
};

struct connection {
    struct source source;
    bool greeted, wants_write;
    uint32_t unreturned, peer_window;
    int64_t window;
    struct buffer in, out;
    struct stream **streams; /* by id / 2 */
    size_t room;
    struct connection *next;
};

struct sink_stats sink_stats;
static struct connection *connections;
static struct source door;

static const char *const TEXTS[] = {
    "thank you for calling, how may I help you today",
    "I would like to change the address of my order, please",
    "could you give me the number that stands on the invoice",
    "yes of course, one moment, I have to look for it",
};

static uint32_t number_at(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void number_to(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)(value >> 24), at[1] = (uint8_t)(value >> 16), at[2] = (uint8_t)(value >> 8), at[3] = (uint8_t)value;
}

static void put_frame(struct connection *peer, int type, int flags, uint32_t id, const void *payload, size_t length) {
    uint8_t *at = buffer_room(&peer->out, 9 + length);
    at[0] = (uint8_t)(length >> 16), at[1] = (uint8_t)(length >> 8), at[2] = (uint8_t)length;
    at[3] = (uint8_t)type, at[4] = (uint8_t)flags;
    number_to(at + 5, id);
    if (length) memcpy(at + 9, payload, length);
    peer->out.end += 9 + length;
}

static void put_window(struct connection *peer, uint32_t id, uint32_t more) {
    uint8_t payload[4];
    number_to(payload, more);
    put_frame(peer, WINDOW_UPDATE, 0, id, payload, 4);
}

static void put_headers(struct connection *peer, struct stream *stream) {
    static const uint8_t block[] = "\x88\x0f\x10\x10" "application/grpc"; /* :status 200, content-type */
    if (!stream->said_headers) put_frame(peer, HEADERS, END_HEADERS, stream->id, block, sizeof block - 1);
    stream->said_headers = true;
}

static void put_trailers(struct connection *peer, struct stream *stream) {
    static const uint8_t block[] = "\x00\x0bgrpc-status\x01" "0";
    put_frame(peer, HEADERS, END_HEADERS | END_STREAM, stream->id, block, sizeof block - 1);
}

/* A gRPC message, if the windows let it through. */
static bool put_message(struct connection *peer, struct stream *stream, const uint8_t *message, size_t length) {
    uint8_t payload[512] = {0};
    if (stream->window < (int64_t)length + 5 || peer->window < (int64_t)length + 5) {
        sink_stats.held++;
        return false;
    }
    put_headers(peer, stream);
    number_to(payload + 1, (uint32_t)length);
    memcpy(payload + 5, message, length);
    put_frame(peer, DATA, 0, stream->id, payload, length + 5);
    stream->window -= (int64_t)length + 5, peer->window -= (int64_t)length + 5;
    return true;
}

static size_t put_text(uint8_t *at, int field, const char *text) {
    size_t length = strlen(text);
    at[0] = (uint8_t)(field << 3 | 2), at[1] = (uint8_t)length;
    memcpy(at + 2, text, length);
    return length + 2;
}

static void put_result(struct connection *peer, struct stream *stream) {
    uint8_t message[400];
    uint32_t left = stream->sequence;
    size_t length = put_text(message, 1, stream->conversation);
    length += put_text(message + length, 2, TEXTS[sink_stats.results % 4]);
    length += put_text(message + length, 3, "0.93");
    message[length++] = 4 << 3;
    for (; left >= 128; left >>= 7) message[length++] = (uint8_t)(left | 128);
    message[length++] = (uint8_t)left;
    if (!put_message(peer, stream, message, length)) return;
    stream->since_result = 0;
    sink_stats.results++;
}

static bool varint(const uint8_t **at, const uint8_t *end, uint64_t *value) {
    *value = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        uint8_t byte = *(*at)++;
        *value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) return true;
    }
    return false;
}

static void take_audio(const uint8_t *audio, size_t length) {
    for (size_t at = 0; at + sizeof(struct stamp) <= length; at += AUDIO_BYTES) {
        struct stamp stamp;
        memcpy(&stamp, audio + at, sizeof stamp);
        if (stamp.magic != STAMP_MAGIC) {
            sink_stats.foreign++;
            continue;
        }
        sink_stats.frames++;
        histogram_add(&sink_stats.latency, now_ns > stamp.due_ns ? now_ns - stamp.due_ns : 0);
        load_taken(&stamp);
    }
}

/* An AudioChunk. Source: contracts 4. */
static void take_chunk(struct connection *peer, struct stream *stream, const uint8_t *at, size_t length) {
    const uint8_t *end = at + length;
    uint64_t tag, value, sequence = 0;
    bool audio = false;
    while (at < end && varint(&at, end, &tag) && varint(&at, end, &value)) { /* only varints and lengths occur */
        if ((tag & 7) != 2) {
            if (tag >> 3 == 5) sequence = value;
            continue;
        }
        if ((uint64_t)(end - at) < value) break;
        if (tag >> 3 == 3) audio = true, take_audio(at, value);
        if (tag >> 3 == 1 && !stream->conversation[0] && value < sizeof stream->conversation)
            memcpy(stream->conversation, at, value);
        at += value;
    }
    if (!audio) return;
    sink_stats.chunks++;
    if (!stream->carried_audio) sink_stats.streams++, stream->carried_audio = true;
    if (sequence != stream->sequence + 1) sink_stats.gaps++;
    stream->sequence = (uint32_t)sequence;
    if (++stream->since_result >= (uint32_t)options.ack_every) put_result(peer, stream);
}

/* Whole gRPC messages of `data`; how many bytes they were. */
static size_t take_messages(struct connection *peer, struct stream *stream, const uint8_t *data, size_t length) {
    size_t at = 0;
    while (length - at >= 5) {
        size_t message = number_at(data + at + 1);
        if (length - at - 5 < message) break;
        take_chunk(peer, stream, data + at + 5, message);
        at += 5 + message;
    }
    return at;
}

static void take_data(struct connection *peer, struct stream *stream, const uint8_t *data, size_t length) {
    if (stream->partial.start < stream->partial.end) {
        struct buffer *partial = &stream->partial;
        buffer_add(partial, data, length);
        buffer_take(partial, take_messages(peer, stream, partial->data + partial->start, partial->end - partial->start));
        return;
    }
    size_t taken = take_messages(peer, stream, data, length);
    if (taken < length) buffer_add(&stream->partial, data + taken, length - taken);
}

static struct stream *stream_of(struct connection *peer, uint32_t id) {
    size_t at = id / 2;
    return at < peer->room ? peer->streams[at] : NULL;
}

static void open_stream(struct connection *peer, uint32_t id) {
    size_t at = id / 2;
    if (at >= peer->room) {
        size_t room = at * 2 + 64;
        peer->streams = realloc(peer->streams, room * sizeof *peer->streams);
        if (!peer->streams) fail("memory");
        memset(peer->streams + peer->room, 0, (room - peer->room) * sizeof *peer->streams);
        peer->room = room;
    }
    struct stream *stream = calloc(1, sizeof *stream);
    if (!stream) fail("memory");
    stream->id = id, stream->window = peer->peer_window;
    peer->streams[at] = stream;
}

static void end_stream(struct connection *peer, struct stream *stream) {
    buffer_free(&stream->partial);
    peer->streams[stream->id / 2] = NULL;
    free(stream);
}

static void half_closed(struct connection *peer, struct stream *stream) {
    static const uint8_t serving[] = {8, 1};
    if (stream->since_result) put_result(peer, stream);
    if (stream->carried_audio) sink_stats.streams_ended++;
    else put_message(peer, stream, serving, sizeof serving);
    put_headers(peer, stream);
    put_trailers(peer, stream);
    end_stream(peer, stream);
}

static void take_settings(struct connection *peer, const uint8_t *at, size_t length) {
    for (; length >= 6; at += 6, length -= 6) {
        if (at[0] != 0 || at[1] != 4) continue; /* INITIAL_WINDOW_SIZE */
        int64_t more = (int64_t)number_at(at + 2) - peer->peer_window;
        peer->peer_window = number_at(at + 2);
        for (size_t id = 0; id < peer->room; id++)
            if (peer->streams[id]) peer->streams[id]->window += more;
    }
    put_frame(peer, SETTINGS, ACK, 0, NULL, 0);
}

static void give_back(struct connection *peer, struct stream *stream, uint32_t length) {
    peer->unreturned += length, stream->unreturned += length;
    if (peer->unreturned >= CONNECTION_WINDOW / 2) put_window(peer, 0, peer->unreturned), peer->unreturned = 0;
    if (stream->unreturned >= STREAM_WINDOW / 2) put_window(peer, stream->id, stream->unreturned), stream->unreturned = 0;
}

static void take_frame(struct connection *peer, int type, int flags, uint32_t id, const uint8_t *payload, size_t length) {
    struct stream *stream = stream_of(peer, id);
    if (type == SETTINGS && !(flags & ACK)) take_settings(peer, payload, length);
    else if (type == PING_FRAME && !(flags & ACK)) put_frame(peer, PING_FRAME, ACK, 0, payload, length);
    else if (type == WINDOW_UPDATE && id == 0) peer->window += number_at(payload);
    else if (type == WINDOW_UPDATE && stream) stream->window += number_at(payload);
    else if (type == RST_STREAM && stream) {
        if (stream->carried_audio) sink_stats.streams_reset++;
        end_stream(peer, stream);
    } else if (type == HEADERS && !stream) {
        open_stream(peer, id);
        put_headers(peer, stream_of(peer, id));
    } else if (type == DATA && stream) {
        give_back(peer, stream, (uint32_t)length);
        size_t padding = flags & PADDED ? 1u + payload[0] : 0;
        if (padding <= length) take_data(peer, stream, payload + (padding ? 1 : 0), length - padding);
    }
    stream = stream_of(peer, id);
    if (stream && (type == DATA || type == HEADERS) && flags & END_STREAM) half_closed(peer, stream);
}

static void hang_up(struct connection *peer) {
    for (size_t at = 0; at < peer->room; at++)
        if (peer->streams[at]) {
            if (peer->streams[at]->carried_audio) sink_stats.streams_reset++;
            end_stream(peer, peer->streams[at]);
        }
    close(peer->source.fd);
    peer->source.fd = -1;
    for (struct connection **at = &connections; *at; at = &(*at)->next)
        if (*at == peer) {
            *at = peer->next;
            break;
        }
    buffer_free(&peer->in);
    buffer_free(&peer->out);
    free(peer->streams);
    peer->streams = NULL, peer->room = 0; /* the struct stays: this turn's events may still name it */
}

static void take_frames(struct connection *peer) {
    enum { PREFACE = 24 };
    struct buffer *in = &peer->in;
    if (!peer->greeted) {
        if (in->end - in->start < PREFACE) return;
        buffer_take(in, PREFACE);
        peer->greeted = true;
    }
    while (in->end - in->start >= 9) {
        const uint8_t *at = in->data + in->start;
        size_t length = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
        if (in->end - in->start < 9 + length) return;
        take_frame(peer, at[3], at[4], number_at(at + 5) & 0x7fffffff, at + 9, length);
        buffer_take(in, 9 + length);
    }
}

static void flush(struct connection *peer) {
    while (peer->out.start < peer->out.end) {
        ssize_t put = send(peer->source.fd, peer->out.data + peer->out.start, peer->out.end - peer->out.start,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0) break;
        buffer_take(&peer->out, (size_t)put);
    }
    bool wanted = peer->out.start < peer->out.end;
    if (wanted != peer->wants_write) watch(&peer->source, EPOLLIN | (wanted ? EPOLLOUT : 0), false);
    peer->wants_write = wanted;
}

void sink_flush(void) {
    for (struct connection *peer = connections; peer; peer = peer->next)
        if (peer->out.start < peer->out.end && !peer->wants_write) flush(peer);
}

static void heard(struct source *source, uint32_t events) {
    struct connection *peer = (struct connection *)source;
    if (events & EPOLLOUT) flush(peer);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    ssize_t got = recv(source->fd, buffer_room(&peer->in, READ_BYTES), READ_BYTES, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        hang_up(peer);
        return;
    }
    now_ns = clock_ns();
    peer->in.end += (size_t)got;
    take_frames(peer);
}

static void accepted(struct source *source, uint32_t events) {
    static const uint8_t settings[] = {0, 4, STREAM_WINDOW >> 24, STREAM_WINDOW >> 16 & 255, STREAM_WINDOW >> 8 & 255,
                                       STREAM_WINDOW & 255};
    int one = 1, fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    (void)events;
    if (fd < 0) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct connection *peer = calloc(1, sizeof *peer);
    if (!peer) fail("memory");
    peer->source = (struct source){.ready = heard, .fd = fd};
    peer->window = peer->peer_window = 65535;
    peer->next = connections, connections = peer;
    sink_stats.connections++;
    watch(&peer->source, EPOLLIN, true);
    put_frame(peer, SETTINGS, 0, 0, settings, sizeof settings);
    put_window(peer, 0, CONNECTION_WINDOW - 65535);
}

int sink_start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.sink_port)};
    socklen_t length = sizeof address;
    int one = 1;
    inet_pton(AF_INET, options.host, &address.sin_addr);
    door = (struct source){.ready = accepted, .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    setsockopt(door.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door.fd, (struct sockaddr *)&address, sizeof address) || listen(door.fd, 64)) fail("listen");
    getsockname(door.fd, (struct sockaddr *)&address, &length);
    watch(&door, EPOLLIN, true);
    return ntohs(address.sin_port);
}
