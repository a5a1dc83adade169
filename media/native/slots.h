/* Where the classes of the Python path keep what: slots that are read and written in their place. */
#ifndef SWITCHBOARD_SLOTS_H
#define SWITCHBOARD_SLOTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define CLASSES(X) \
    X(Reading) X(Connection) X(TutorialCall) X(AudioHookCall) X(AudioHookSession) X(Position) X(Tracks) X(Lane) \
    X(Uplink) X(ChunkEncoder) X(Stream) X(Session) X(ReplayBuffer)

#define SLOTS(X) \
    X(Reading, connection) X(Reading, head) X(Reading, is_text) X(Reading, message) X(Reading, whole) \
    X(Connection, messages) X(Connection, reading) \
    X(TutorialCall, _expected) X(TutorialCall, _facts) X(TutorialCall, _run) X(TutorialCall, lane) \
    X(AudioHookCall, _size) X(AudioHookCall, session) X(AudioHookCall, tracks) \
    X(AudioHookSession, _frame_bytes) X(AudioHookSession, phase) X(AudioHookSession, position) \
    X(Position, samples) \
    X(Tracks, _chunk) X(Tracks, _only) \
    X(Lane, _second_a_byte) X(Lane, _transit) X(Lane, ending) X(Lane, frames) X(Lane, jitter_s) X(Lane, position_s) \
    X(Lane, taps) X(Lane, uplink) \
    X(Uplink, _encoder) X(Uplink, _replay) X(Uplink, _stream) X(Uplink, _time) X(Uplink, buffered) \
    X(ChunkEncoder, _head) X(ChunkEncoder, _length) \
    X(Stream, _head) X(Stream, _message_bytes) X(Stream, _open) X(Stream, _pending) X(Stream, _session) \
    X(Stream, credit) \
    X(Session, _out) X(Session, credit) X(Session, max_frame) X(Session, paused) \
    X(ReplayBuffer, _bytes) X(ReplayBuffer, _chunks) X(ReplayBuffer, _keep_bytes) X(ReplayBuffer, _look_at)

#define CLASS_ID(class) CLASS_##class,
enum class_id { CLASSES(CLASS_ID) CLASS_COUNT };
#define SLOT_ID(class, name) class##_##name,
enum slot_id { SLOTS(SLOT_ID) SLOT_COUNT };

extern PyTypeObject *classes[];
extern Py_ssize_t offsets[];

#define SLOT(object, id) (*(PyObject **)((char *)(object) + offsets[id]))
#define IS(object, class) ((object) != NULL && Py_TYPE(object) == classes[CLASS_##class])

/* 0 where it is no int, or none of 64 bits. */
int whole_number(PyObject *object, enum slot_id id, long long *number);

/* 0 where it is no float. */
int real_number(PyObject *object, enum slot_id id, double *number);

/* -1 with an exception, for lack of memory. */
int put_whole(PyObject *object, enum slot_id id, long long number);
int put_real(PyObject *object, enum slot_id id, double number);

/* Finds all slots in the classes that `given` names; -1 with a TypeError that says what is missing. */
int find_slots(PyObject *given);

#endif
