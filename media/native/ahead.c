/* Between two frames of a call come those of all others: what a frame touches is in no near cache any more, and where
 * each object lies stands in the one before. Asked for step by step, it is there when it is the call's turn. */
#include "ahead.h"

#include "slots.h"

enum { LINE_BYTES = 64, MOST_SLOTS = 6 };

struct kind { /* of object */
    int lines;            /* of the cache, that a frame touches */
    PyTypeObject **class; /* NULL for one that is looked at no further */
    struct { enum slot_id id; const struct kind *kind; } slots[MOST_SLOTS];
    const struct kind *items; /* of a tuple, which has no slots */
};

static PyTypeObject *tuple = &PyTuple_Type;

#define OBJECT(name, lines_of_it, ...) \
    {.lines = (lines_of_it), .class = &classes[CLASS_##name], .slots = {__VA_ARGS__}}

static const struct kind
    number = {.lines = 1},
    text = {.lines = 2},
    bytes = {.lines = 3},
    chunks = {.lines = 2},
    facts = {.lines = 1, .class = &tuple, .items = &text},
    replay = OBJECT(ReplayBuffer, 2, {ReplayBuffer__bytes, &number}, {ReplayBuffer__look_at, &number},
                    {ReplayBuffer__chunks, &chunks}),
    encoder = OBJECT(ChunkEncoder, 1, {ChunkEncoder__length, &number}, {ChunkEncoder__head, &bytes}),
    stream = OBJECT(Stream, 3, {Stream_credit, &number}, {Stream__message_bytes, &number}, {Stream__head, &number}),
    uplink = OBJECT(Uplink, 3, {Uplink__stream, &stream}, {Uplink__encoder, &encoder}, {Uplink__replay, &replay}),
    lane = OBJECT(Lane, 4, {Lane_uplink, &uplink}, {Lane_frames, &number}, {Lane_position_s, &number},
                  {Lane_jitter_s, &number}, {Lane__transit, &number}),
    position = OBJECT(Position, 1, {Position_samples, &number}),
    session = OBJECT(AudioHookSession, 2, {AudioHookSession_position, &position}),
    tracks = OBJECT(Tracks, 1, {Tracks__only, &lane}, {Tracks__chunk, &number}),
    audiohook = OBJECT(AudioHookCall, 4, {AudioHookCall_tracks, &tracks}, {AudioHookCall_session, &session},
                       {Connection_messages, &number}),
    tutorial = OBJECT(TutorialCall, 4, {TutorialCall_lane, &lane}, {TutorialCall__facts, &facts},
                      {TutorialCall__expected, &number}, {Connection_messages, &number}),
    first = OBJECT(Reading, 2, {Reading_connection, &tutorial}, {Reading_connection, &audiohook},
                   {Reading_head, &number}, {Reading_whole, &number});

static void ask(PyObject *object, const struct kind *kind, int step) {
    if (object == NULL) return;
    if (step == 0) {
        for (int line = 0; line < kind->lines; line++) __builtin_prefetch((const char *)object + line * LINE_BYTES);
        return;
    }
    if (kind->class == NULL || Py_TYPE(object) != *kind->class) return;
    for (int at = 0; at < MOST_SLOTS && kind->slots[at].kind != NULL; at++)
        if (step == 1 || kind->slots[at].kind->class != NULL)
            ask(SLOT(object, kind->slots[at].id), kind->slots[at].kind, step - 1);
    if (kind->items != NULL && step == 1)
        for (Py_ssize_t at = 0; at < PyTuple_GET_SIZE(object); at++) ask(PyTuple_GET_ITEM(object, at), kind->items, 0);
}

void ask_ahead(PyObject *reading, int step) { ask(reading, &first, step); }
