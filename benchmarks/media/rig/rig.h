/* The rig: callers (load.c) and the transcription service (sink.c) of the audio benchmarks, in one loop on one core.
 *
 * Every 20 ms of audio begins with a stamp, so that the sink knows whose frame it is and when it was due. */
#ifndef RIG_H
#define RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUDIO_BYTES = 160 }; /* one frame: 20 ms of PCMU at 8 kHz */
#define STAMP_MAGIC 0x52494731u
#define SECOND_NS 1000000000ull

struct stamp {
    uint32_t magic, slot, generation, number; /* number: from 1, in each call */
    uint64_t due_ns;                          /* CLOCK_MONOTONIC */
};

struct options {
    const char *host, *key, *path;
    int port, sink_port, calls, window, ack_every;
    double ramp, warm_s, seconds, call_s; /* call_s 0: calls last to the end */
    uint64_t period_ns;                          /* between two frames of a call in real time */
    bool audiohook, real_time, no_sink, no_load;
};

struct buffer { /* bytes between `start` and `end` are in use */
    uint8_t *data;
    size_t start, end, room;
};

uint8_t *buffer_room(struct buffer *buffer, size_t wanted); /* where the next `wanted` bytes go */
void buffer_add(struct buffer *buffer, const void *data, size_t length);
void buffer_take(struct buffer *buffer, size_t length);
void buffer_free(struct buffer *buffer);

struct histogram { /* 16 buckets an octave: 6 % wide */
    uint64_t counts[1024], total, max;
};
void histogram_add(struct histogram *histogram, uint64_t value);
void histogram_clear(struct histogram *histogram);
double histogram_ms(const struct histogram *histogram, double share); /* values were nanoseconds */

struct source { /* what epoll's data points at */
    void (*ready)(struct source *source, uint32_t events);
    int fd;
};

extern struct options options;
extern uint64_t now_ns; /* of this turn of the loop */
uint64_t clock_ns(void);
void watch(struct source *source, uint32_t events, bool fresh);
void fail(const char *what);

/* load.c */
struct load_stats {
    uint64_t sent, blocked, opened, refused, broken, ended, pongs, late_max_ns;
    struct histogram opening; /* from connect to 101 (media-api) or `opened` (audiohook) */
};
extern struct load_stats load_stats;
void load_start(void);
uint64_t load_turn(void);             /* everything that is due; when the next thing is */
void load_taken(const struct stamp *stamp);
void load_pause(void);                /* no more frames */
void load_finish(void);               /* every call closes */
void load_allow(void);                /* closed loop: begin */
int load_live(void);
int load_left(void);                  /* calls that have a socket */

/* sink.c */
struct sink_stats {
    uint64_t chunks, frames, streams, streams_ended, streams_reset, connections, gaps, foreign, results, held;
    struct histogram latency;
};
extern struct sink_stats sink_stats;
int sink_start(void); /* the port */
void sink_flush(void);

/* frames.c */
void frames_start(void);
size_t frame_tutorial(uint8_t *out, uint32_t slot, uint32_t generation, uint32_t number, uint64_t due_ns);
size_t frame_audiohook(uint8_t *out, uint32_t slot, uint32_t generation, uint32_t number, uint64_t due_ns);
size_t frame_masked(uint8_t *out, int opcode, const void *payload, size_t length);
void call_uuid(char out[37], uint32_t kind, uint32_t slot, uint32_t generation);

enum { TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
enum { FRAME_ROOM = 1024 };
#endif
