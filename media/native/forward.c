#include "forward.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "slots.h"

enum { MAX_PIECES = 4096 };     /* lean.session.MAX_PIECES */
enum { PREFIX_BYTES = 5 };      /* lean.messages.PREFIX_BYTES */
enum { SEQUENCE_KEY = 5 << 3 }; /* chunks.SEQUENCE_KEY */
enum { LEAST_BYTES = 64 };      /* replay.LEAST_BYTES */
static const double JITTER_GAIN = 1.0 / 16; /* call.JITTER_GAIN */

static PyObject *monotonic, *deque, *deque_append; /* time.monotonic; collections.deque */

static PyObject *of_module(const char *module_name, const char *name) {
    PyObject *module = PyImport_ImportModule(module_name), *found;
    if (module == NULL) return NULL;
    found = PyObject_GetAttrString(module, name);
    Py_DECREF(module);
    return found;
}

int forward_begin(void) {
    monotonic = of_module("time", "monotonic");
    deque = of_module("collections", "deque");
    deque_append = deque == NULL ? NULL : PyObject_GetAttrString(deque, "append");
    return monotonic == NULL || deque_append == NULL ? -1 : 0;
}

static double seconds(void) { /* as time.monotonic has them */
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec * 1000000000LL + now.tv_nsec) / 1e9;
}

struct way { /* of one chunk; everything here is borrowed */
    PyObject *uplink, *stream, *session, *replay, *chunks, *out;
    const char *constant, *prefix; /* what stands before the audio in its message, and before the message */
    Py_ssize_t constant_bytes, prefix_bytes;
    uint8_t tail[11];
    int tail_bytes;
    long long stream_credit, session_credit, whole, kept;
};

/* Source: protobuf.dev, "Encoding". */
static int put_sequence(uint8_t *tail, unsigned long long sequence) {
    int at = 0;
    tail[at++] = SEQUENCE_KEY;
    for (; sequence > 0x7F; sequence >>= 7) tail[at++] = (uint8_t)(sequence | 0x80);
    tail[at++] = (uint8_t)sequence;
    return at;
}

/* `Uplink.audio` and `ChunkEncoder.chunk`. */
static int find_encoder(struct way *way, long long sequence, Py_ssize_t audio_bytes) {
    PyObject *encoder = SLOT(way->uplink, Uplink__encoder), *constant;
    long long buffered, length;
    if (!IS(encoder, ChunkEncoder) || SLOT(way->uplink, Uplink__time) != monotonic) return 0;
    if (!whole_number(way->uplink, Uplink_buffered, &buffered) || buffered) return 0;
    if (!whole_number(encoder, ChunkEncoder__length, &length) || length != audio_bytes) return 0;
    constant = SLOT(encoder, ChunkEncoder__head);
    if (constant == NULL || !PyBytes_CheckExact(constant)) return 0;
    way->constant = PyBytes_AS_STRING(constant);
    way->constant_bytes = PyBytes_GET_SIZE(constant);
    way->tail_bytes = put_sequence(way->tail, (unsigned long long)sequence);
    return 1;
}

/* `Stream.send` and `Session.write`. The first piece of a turn wakes the writer, the last writes at once: not here. */
static int find_stream(struct way *way, Py_ssize_t audio_bytes) {
    PyObject *stream = way->stream = SLOT(way->uplink, Uplink__stream), *prefix, *pending;
    long long message_bytes, max_frame;
    if (!IS(stream, Stream) || SLOT(stream, Stream__open) != Py_True) return 0;
    pending = SLOT(stream, Stream__pending);
    if (pending == NULL || !PyMemoryView_Check(pending) || PyMemoryView_GET_BUFFER(pending)->len) return 0;
    prefix = SLOT(stream, Stream__head);
    if (!whole_number(stream, Stream__message_bytes, &message_bytes) || prefix == NULL || !PyBytes_CheckExact(prefix))
        return 0;
    if (message_bytes != way->constant_bytes + audio_bytes + way->tail_bytes) return 0;
    way->prefix = PyBytes_AS_STRING(prefix);
    way->prefix_bytes = PyBytes_GET_SIZE(prefix);
    way->whole = message_bytes + PREFIX_BYTES;
    way->session = SLOT(stream, Stream__session);
    if (!IS(way->session, Session) || SLOT(way->session, Session_paused) != Py_False) return 0;
    way->out = SLOT(way->session, Session__out);
    if (way->out == NULL || !PyList_CheckExact(way->out)) return 0;
    if (PyList_GET_SIZE(way->out) == 0 || PyList_GET_SIZE(way->out) >= MAX_PIECES) return 0;
    return whole_number(stream, Stream_credit, &way->stream_credit) && way->whole <= way->stream_credit &&
           whole_number(way->session, Session_credit, &way->session_credit) && way->whole <= way->session_credit &&
           whole_number(way->session, Session_max_frame, &max_frame) && way->whole <= max_frame;
}

/* `ReplayBuffer.keep_sent`, where there is room for one more. */
static int find_room(struct way *way, Py_ssize_t audio_bytes, double now) {
    PyObject *replay = way->replay = SLOT(way->uplink, Uplink__replay);
    long long keep_bytes;
    double look_at;
    if (!IS(replay, ReplayBuffer)) return 0;
    way->chunks = SLOT(replay, ReplayBuffer__chunks);
    if (way->chunks == NULL || Py_TYPE(way->chunks) != (PyTypeObject *)deque) return 0;
    if (!whole_number(replay, ReplayBuffer__bytes, &way->kept) ||
        !whole_number(replay, ReplayBuffer__keep_bytes, &keep_bytes) ||
        !real_number(replay, ReplayBuffer__look_at, &look_at))
        return 0;
    way->kept += audio_bytes > LEAST_BYTES ? audio_bytes : LEAST_BYTES;
    return way->kept <= keep_bytes && now <= look_at;
}

/* As ReplayBuffer keeps a chunk; NULL without memory. */
static PyObject *chunk_kept(long long sequence, PyObject *audio, double now) {
    PyObject *number = PyLong_FromLongLong(sequence), *time = PyFloat_FromDouble(now);
    PyObject *kept = number == NULL || time == NULL ? NULL : PyTuple_Pack(3, number, audio, time);
    Py_XDECREF(number);
    Py_XDECREF(time);
    return kept;
}

static int send_and_keep(struct way *way, PyObject *audio, PyObject *kept) {
    Py_ssize_t audio_bytes = PyBytes_GET_SIZE(audio);
    PyObject *arguments[] = {way->chunks, kept}, *appended, *piece;
    char *at;
    int failed;
    piece = PyBytes_FromStringAndSize(NULL, way->prefix_bytes + way->constant_bytes + audio_bytes + way->tail_bytes);
    if (piece == NULL) return -1;
    at = PyBytes_AS_STRING(piece);
    at = (char *)memcpy(at, way->prefix, way->prefix_bytes) + way->prefix_bytes;
    at = (char *)memcpy(at, way->constant, way->constant_bytes) + way->constant_bytes;
    at = (char *)memcpy(at, PyBytes_AS_STRING(audio), audio_bytes) + audio_bytes;
    memcpy(at, way->tail, way->tail_bytes);
    failed = PyList_Append(way->out, piece);
    Py_DECREF(piece);
    appended = failed ? NULL : PyObject_Vectorcall(deque_append, arguments, 2, NULL);
    Py_XDECREF(appended);
    if (appended == NULL || put_whole(way->stream, Stream_credit, way->stream_credit - way->whole) ||
        put_whole(way->session, Session_credit, way->session_credit - way->whole) ||
        put_whole(way->replay, ReplayBuffer__bytes, way->kept))
        return -1;
    return 1;
}

/* `Lane.audio`. */
static int take(PyObject *lane, long long sequence, PyObject *audio, PyObject *kept, double now) {
    Py_ssize_t audio_bytes = PyBytes_GET_SIZE(audio);
    double position_s, jitter_s, second_a_byte, transit;
    PyObject *taps, *last;
    long long frames;
    struct way way;
    if (SLOT(lane, Lane_ending) != Py_False) return 0;
    taps = SLOT(lane, Lane_taps);
    if (taps == NULL || !PyTuple_CheckExact(taps) || PyTuple_GET_SIZE(taps)) return 0;
    if (!real_number(lane, Lane_position_s, &position_s) || !real_number(lane, Lane_jitter_s, &jitter_s) ||
        !real_number(lane, Lane__second_a_byte, &second_a_byte) || !whole_number(lane, Lane_frames, &frames))
        return 0;
    way.uplink = SLOT(lane, Lane_uplink);
    if (!IS(way.uplink, Uplink) || !find_encoder(&way, sequence, audio_bytes) || !find_stream(&way, audio_bytes) ||
        !find_room(&way, audio_bytes, now))
        return 0;
    transit = now - position_s;
    last = SLOT(lane, Lane__transit);
    if (last != NULL && PyFloat_CheckExact(last))
        jitter_s += (fabs(transit - PyFloat_AS_DOUBLE(last)) - jitter_s) * JITTER_GAIN;
    if (put_real(lane, Lane_jitter_s, jitter_s) || put_real(lane, Lane__transit, transit) ||
        put_real(lane, Lane_position_s, position_s + (double)audio_bytes * second_a_byte) ||
        put_whole(lane, Lane_frames, frames + 1))
        return -1;
    return send_and_keep(&way, audio, kept);
}

int forward(PyObject *lane, long long sequence, PyObject *audio) {
    double now = seconds();
    PyObject *kept;
    int done;
    if (!IS(lane, Lane)) return 0;
    Py_INCREF(lane);
    kept = chunk_kept(sequence, audio, now); /* the collector may run here, and only here: nothing is looked up yet */
    done = kept == NULL ? -1 : take(lane, sequence, audio, kept, now);
    Py_XDECREF(kept);
    Py_DECREF(lane);
    return done;
}
