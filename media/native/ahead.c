/* Between two frames of a call come those of all others: what a frame touches is in no near cache any more, and where
 * each object lies stands in the one before. Asked for step by step, it is there when it is the call's turn. */
#include "ahead.h"

#include "slots.h"

enum { LINE_BYTES = 64, MOST_SLOTS = 6 };

struct kind { /* of object */
    int lines;            /* of the cache, that a frame touches */
    PyTypeObject **class; /* NULL for one that is looked at no further */
    struct { enum slot_id id; const struct kind *kind; } slots[MOST_SLOTS];
};

#define OF(class) &classes[CLASS_##class]

static const struct kind
    number = {1, NULL, {{0}}},
    bytes = {3, NULL, {{0}}},
    facts = {1, NULL, {{0}}},
    chunks = {2, NULL, {{0}}},
    replay = {2, OF(ReplayBuffer), {{ReplayBuffer__bytes, &number}, {ReplayBuffer__chunks, &chunks}}},
    encoder = {1, OF(ChunkEncoder), {{ChunkEncoder__length, &number}, {ChunkEncoder__head, &bytes}}},
    stream = {3, OF(Stream), {{Stream_credit, &number}, {Stream__message_bytes, &number}, {Stream__head, &number}}},
    uplink = {3, OF(Uplink), {{Uplink__stream, &stream}, {Uplink__encoder, &encoder}, {Uplink__replay, &replay}}},
    lane = {4, OF(Lane), {{Lane_uplink, &uplink}, {Lane_frames, &number}, {Lane_position_s, &number},
                          {Lane_jitter_s, &number}, {Lane__transit, &number}}},
    position = {1, OF(Position), {{Position_samples, &number}}},
    session = {2, OF(AudioHookSession), {{AudioHookSession_position, &position}}},
    tracks = {1, OF(Tracks), {{Tracks__only, &lane}, {Tracks__chunk, &number}}},
    audiohook = {4, OF(AudioHookCall), {{AudioHookCall_tracks, &tracks}, {AudioHookCall_session, &session},
                                        {Connection_messages, &number}}},
    tutorial = {4, OF(TutorialCall), {{TutorialCall_lane, &lane}, {TutorialCall__facts, &facts},
                                      {TutorialCall__expected, &number}, {Connection_messages, &number}}},
    reading_of = {2, OF(Reading), {{Reading_connection, &tutorial}, {Reading_connection, &audiohook},
                                   {Reading_head, &number}, {Reading_whole, &number}}};

static void ask(PyObject *object, const struct kind *kind, int step) {
    if (object == NULL) return;
    if (step == 0) {
        for (int line = 0; line < kind->lines; line++) __builtin_prefetch((const char *)object + line * LINE_BYTES);
    } else if (kind->class != NULL && Py_TYPE(object) == *kind->class) {
        for (int at = 0; at < MOST_SLOTS && kind->slots[at].kind != NULL; at++)
            ask(SLOT(object, kind->slots[at].id), kind->slots[at].kind, step - 1);
    }
}

void ask_ahead(PyObject *reading, int step) { ask(reading, &reading_of, step); }
