/* Callers: N WebSocket clients as Genesys opens them, /media-api or AudioHook v2.
 *
 * Closed loop: each keeps `window` frames on their way, one write each, and sends the next when the sink has taken one.
 * Real time: 50 frames a second each, on an absolute schedule, staggered; the stamp is when a frame was due, so that
 * lateness of the rig counts as latency too. Source: RFC 6455; contracts 4; genesys-platform.md 3. */
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

enum phase { WAITING, CONNECTING, UPGRADING, OPENING, LIVE, CLOSING, GONE };
enum { SCAN_NS = 100000000, MOST_OUT = 1 << 20 };
enum { MOST_DUE = 32 }; /* frames of one turn: a rig that has fallen behind must not keep its own sink from reading */

struct call {
    struct source source;
    enum phase phase;
    bool dirty, wants_write;
    uint32_t slot, generation, number, taken, seq, server_seq;
    uint64_t began_ns, ends_ns, ping_ns;
    struct buffer in, out;
};

struct load_stats load_stats;
static struct call *calls, **dirty;
static int dirty_count, live, left, begun;
static bool sending, finishing;
static uint64_t started_ns, scan_ns, cursor; /* cursor: frames of the schedule that are behind us */
static struct sockaddr_in address;

int load_live(void) { return live; }
int load_left(void) { return left; }

static void mark(struct call *call) {
    if (call->dirty) return;
    call->dirty = true;
    dirty[dirty_count++] = call;
}

static void set_phase(struct call *call, enum phase phase) {
    live += (phase == LIVE) - (call->phase == LIVE);
    call->phase = phase;
}

static void hang_up(struct call *call, bool expected) {
    close(call->source.fd);
    call->source.fd = -1;
    left--;
    if (expected) load_stats.ended++;
    else load_stats.broken++;
    buffer_free(&call->in);
    buffer_free(&call->out);
    set_phase(call, finishing ? GONE : WAITING);
    call->began_ns = now_ns;
    call->generation++;
}

static void flush_out(struct call *call) {
    while (call->out.start < call->out.end) {
        ssize_t put = send(call->source.fd, call->out.data + call->out.start, call->out.end - call->out.start,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0) break; /* full; or broken, which reading will tell */
        buffer_take(&call->out, (size_t)put);
    }
    bool wanted = call->out.start < call->out.end;
    if (wanted == call->wants_write) return;
    call->wants_write = wanted;
    watch(&call->source, EPOLLIN | (wanted ? EPOLLOUT : 0), false);
    if (!wanted) mark(call);
}

static void put(struct call *call, const uint8_t *data, size_t length) {
    ssize_t gone = 0;
    if (call->out.start == call->out.end) {
        gone = send(call->source.fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (gone == (ssize_t)length) return;
        if (gone < 0) gone = 0;
    }
    load_stats.blocked++;
    if (call->out.end - call->out.start > MOST_OUT) return; /* lost, and counted as such: it never reaches the sink */
    buffer_add(&call->out, data + gone, length - (size_t)gone);
    flush_out(call);
}

static void put_frame(struct call *call, uint64_t due_ns) {
    uint8_t frame[FRAME_ROOM];
    call->number++;
    size_t length = (options.audiohook ? frame_audiohook : frame_tutorial)(frame, call->slot, call->generation,
                                                                         call->number, due_ns);
    put(call, frame, length);
    load_stats.sent++;
}

/* One AudioHook message; `parameters` is JSON. */
static void put_message(struct call *call, const char *type, const char *parameters) {
    char session[37], text[1400];
    uint8_t frame[1500];
    uint64_t position_ms = (uint64_t)call->number * 20;
    call_uuid(session, 3, call->slot, call->generation);
    int length = snprintf(text, sizeof text,
                          "{\"version\":\"2\",\"id\":\"%s\",\"type\":\"%s\",\"seq\":%u,\"serverseq\":%u,"
                          "\"position\":\"PT%lu.%02luS\",\"parameters\":%s}",
                          session, type, ++call->seq, call->server_seq, position_ms / 1000, position_ms % 1000 / 10,
                          parameters);
    put(call, frame, frame_masked(frame, TEXT, text, (size_t)length));
}

static void put_open(struct call *call) {
    char organization[37], conversation[37], participant[37], parameters[800];
    call_uuid(organization, 4, 0, 0);
    call_uuid(conversation, 1, call->slot, call->generation);
    call_uuid(participant, 2, call->slot, call->generation);
    snprintf(parameters, sizeof parameters,
             "{\"organizationId\":\"%s\",\"conversationId\":\"%s\",\"participant\":{\"id\":\"%s\","
             "\"ani\":\"+4930123456\",\"aniName\":\"\",\"dnis\":\"+4930654321\"},\"media\":[{\"type\":\"audio\","
             "\"format\":\"PCMU\",\"channels\":[\"external\"],\"rate\":8000}],\"language\":\"en-US\"}",
             organization, conversation, participant);
    put_message(call, "open", parameters);
}

static void put_upgrade(struct call *call) {
    char text[1200], ids[3][37];
    int length = snprintf(text, sizeof text,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3dpdGNoYm9hcmQtcmlnIQ==\r\n",
                          options.path, options.host, options.port);
    size_t room = sizeof text - (size_t)length;
    if (options.audiohook) {
        for (int at = 0; at < 3; at++) call_uuid(ids[at], (uint32_t)(at == 0 ? 4 : at == 1 ? 3 : 5),
                                                 at ? call->slot : 0, at ? call->generation : 0);
        length += snprintf(text + length, room,
                           "User-Agent: GenesysCloud-AudioHook-Client\r\nAudiohook-Organization-Id: %s\r\n"
                           "Audiohook-Session-Id: %s\r\nAudiohook-Correlation-Id: %s\r\nX-API-KEY: %s\r\n\r\n",
                           ids[0], ids[1], ids[2], options.key);
    } else {
        length += snprintf(text + length, room,
                           "Authorization: Bearer %s\r\nSec-WebSocket-Protocol: media-api\r\n\r\n", options.key);
    }
    put(call, (const uint8_t *)text, (size_t)length);
}

static void went_live(struct call *call) {
    set_phase(call, LIVE);
    load_stats.opened++;
    histogram_add(&load_stats.opening, now_ns - call->began_ns);
    call->ping_ns = now_ns + SECOND_NS;
    if (options.call_s > 0) { /* half to one and a half of the mean, by slot and generation */
        double share = 0.5 + (double)((call->slot * 7919u + call->generation * 104729u) % 1000) / 1000;
        call->ends_ns = now_ns + (uint64_t)(options.call_s * share * 1e9);
    }
    mark(call);
}

static void begin_closing(struct call *call) {
    static const uint8_t normal[2] = {3, 232};
    uint8_t frame[16];
    set_phase(call, CLOSING);
    if (options.audiohook) put_message(call, "close", "{\"reason\":\"end\"}");
    else put(call, frame, frame_masked(frame, CLOSE, normal, 2));
}

/* A message of the gateway's AudioHook; false: the call has ended with it. */
static bool hear_message(struct call *call, const char *text) {
    static const uint8_t normal[2] = {3, 232};
    const char *seq = strstr(text, "\"seq\":");
    uint8_t frame[16];
    if (seq) call->server_seq = (uint32_t)strtoul(seq + 6, NULL, 10);
    if (call->phase == OPENING && strstr(text, "\"opened\"")) went_live(call);
    else if (strstr(text, "\"pong\"")) load_stats.pongs++;
    else if (strstr(text, "\"disconnect\"")) load_stats.broken++, begin_closing(call);
    else if (call->phase == CLOSING && strstr(text, "\"closed\"")) {
        put(call, frame, frame_masked(frame, CLOSE, normal, 2));
        return false;
    }
    return true;
}

static bool hear_frame(struct call *call, int opcode, uint8_t *payload, size_t length) {
    uint8_t frame[256];
    if (opcode == PING) put(call, frame, frame_masked(frame, PONG, payload, length < 126 ? length : 125));
    if (opcode == CLOSE) return false;
    if (opcode != TEXT || !options.audiohook) return true;
    uint8_t after = payload[length]; /* there is always room for one byte more */
    payload[length] = 0;
    bool more = hear_message(call, (const char *)payload);
    payload[length] = after;
    return more;
}

/* Whole frames out of `in`; false: the call has ended. */
static bool hear_frames(struct call *call) {
    for (;;) {
        size_t held = call->in.end - call->in.start, head = 2;
        uint8_t *at = call->in.data + call->in.start;
        if (held < 2) return true;
        size_t length = at[1] & 127;
        if (length == 126) {
            if (held < 4) return true;
            length = (size_t)at[2] << 8 | at[3], head = 4;
        } else if (length == 127) return false; /* none of ours is so long */
        if (held < head + length) return true;
        bool more = hear_frame(call, at[0] & 15, at + head, length);
        if (!more) return false;
        buffer_take(&call->in, head + length);
    }
}

/* False: refused. */
static bool hear_upgrade(struct call *call) {
    uint8_t *end = memmem(call->in.data + call->in.start, call->in.end - call->in.start, "\r\n\r\n", 4);
    if (!end) return true;
    if (memcmp(call->in.data + call->in.start, "HTTP/1.1 101", 12) != 0) {
        if (!load_stats.refused) fprintf(stderr, "rig: refused: %.*s\n", 40, call->in.data + call->in.start);
        return false;
    }
    buffer_take(&call->in, (size_t)(end - call->in.data) + 4 - call->in.start);
    if (options.audiohook) set_phase(call, OPENING), put_open(call);
    else went_live(call);
    return true;
}

static void ready(struct source *source, uint32_t events) {
    struct call *call = (struct call *)source;
    if (call->phase == CONNECTING) {
        if (!(events & EPOLLOUT)) return;
        set_phase(call, UPGRADING);
        watch(source, EPOLLIN, false);
        put_upgrade(call);
        return;
    }
    if (events & EPOLLOUT) flush_out(call);
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    ssize_t got = recv(source->fd, buffer_room(&call->in, 4097), 4096, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        hang_up(call, call->phase == CLOSING);
        return;
    }
    call->in.end += (size_t)got;
    if (call->phase == UPGRADING && !hear_upgrade(call)) {
        load_stats.refused++;
        hang_up(call, false);
        return;
    }
    if (call->phase > UPGRADING && !hear_frames(call)) hang_up(call, call->phase == CLOSING);
}

static void dial(struct call *call) {
    int one = 1;
    call->source = (struct source){.ready = ready, .fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (call->source.fd < 0) fail("socket");
    setsockopt(call->source.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(call->source.fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) fail("connect");
    call->number = call->taken = call->seq = call->server_seq = 0;
    call->ends_ns = UINT64_MAX;
    call->wants_write = false;
    call->began_ns = now_ns;
    set_phase(call, CONNECTING);
    left++;
    watch(&call->source, EPOLLOUT, true);
}

void load_start(void) {
    calls = calloc((size_t)options.calls, sizeof *calls);
    dirty = calloc((size_t)options.calls, sizeof *dirty);
    if (!calls || !dirty) fail("memory");
    for (int at = 0; at < options.calls; at++) calls[at].slot = (uint32_t)at, calls[at].source.fd = -1;
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port)};
    if (inet_pton(AF_INET, options.host, &address.sin_addr) != 1) fail("--host is no IPv4 address");
    started_ns = clock_ns();
    sending = options.real_time;
}

void load_allow(void) {
    sending = true;
    for (int at = 0; at < options.calls; at++) mark(&calls[at]);
}

void load_pause(void) { sending = false; }

void load_finish(void) {
    finishing = true;
    for (int at = 0; at < options.calls; at++)
        if (calls[at].phase == LIVE) begin_closing(&calls[at]);
}

void load_taken(const struct stamp *stamp) {
    if (!calls || stamp->slot >= (uint32_t)options.calls) return;
    struct call *call = &calls[stamp->slot];
    if (stamp->generation != call->generation) return;
    call->taken = stamp->number;
    if (!options.real_time) mark(call);
}

static void fill_windows(void) {
    int count = dirty_count;
    dirty_count = 0;
    for (int at = 0; at < count; at++) {
        struct call *call = dirty[at];
        call->dirty = false;
        if (!sending || options.real_time || call->phase != LIVE) continue;
        for (int given = 0; given < options.window && !call->wants_write; given++) {
            if (!options.no_sink && call->number - call->taken >= (uint32_t)options.window) break;
            put_frame(call, clock_ns());
        }
        if (options.no_sink && !call->wants_write) dirty[dirty_count++] = call, call->dirty = true;
    }
}

static uint64_t due_ns(void) {
    uint64_t count = (uint64_t)options.calls;
    return started_ns + cursor / count * options.period_ns + cursor % count * options.period_ns / count;
}

static void send_due(void) {
    for (int given = 0; given < MOST_DUE && due_ns() <= now_ns; given++, cursor++) {
        struct call *call = &calls[cursor % (uint64_t)options.calls];
        if (!sending || call->phase != LIVE) continue;
        uint64_t moment = clock_ns(), late = moment - due_ns();
        if (late > load_stats.late_max_ns) load_stats.late_max_ns = late;
        put_frame(call, due_ns());
    }
}

/* Pings of AudioHook, calls that have lasted long enough, and slots that are free again. */
static void scan(void) {
    if (now_ns < scan_ns) return;
    scan_ns = now_ns + SCAN_NS;
    for (int at = 0; at < begun; at++) {
        struct call *call = &calls[at];
        if (call->phase == WAITING && !finishing) dial(call);
        if (call->phase != LIVE) continue;
        if (call->ends_ns <= now_ns && !finishing) begin_closing(call);
        else if (options.audiohook && call->ping_ns <= now_ns) {
            put_message(call, "ping", "{}");
            call->ping_ns = now_ns + (call->seq < 3 ? 1 : 5) * SECOND_NS;
        }
    }
}

uint64_t load_turn(void) {
    if (finishing) return UINT64_MAX;
    while (begun < options.calls && (double)(now_ns - started_ns) / 1e9 * options.ramp >= begun) dial(&calls[begun++]);
    scan();
    fill_windows();
    if (options.real_time) send_due();
    if (dirty_count) return now_ns;
    uint64_t next_ns = options.real_time && sending ? due_ns() : scan_ns;
    uint64_t dial_ns = begun < options.calls ? started_ns + (uint64_t)(begun / options.ramp * 1e9) : UINT64_MAX;
    if (dial_ns < next_ns) next_ns = dial_ns;
    return next_ns < scan_ns ? next_ns : scan_ns;
}
