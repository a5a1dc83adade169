/* What `poll.read_each` does, for the frames that are like the one before: read, unmask, take apart, send on, keep.
 *
 * It works on the objects of the Python path, which stay the only place where anything is kept: slots are read and
 * written where the classes have them (`fit`). Whatever is not ordinary, by the smallest doubt, is left untouched to the
 * Python path. So nothing here decides anything: it is the way through `TutorialCall.message` or `AudioHookCall.message`,
 * `Lane.audio`, `Uplink.audio`, `ChunkEncoder.chunk`, `Stream.send` and `ReplayBuffer.keep_sent` where each of them takes
 * its first branch, and the tests compare the two ways.
 *
 * Everything runs with the GIL held, but for what a message does in Python; the sockets do not block. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "ahead.h"
#include "forward.h"
#include "frames.h"
#include "slots.h"

enum { READ_BYTES = 16 * 1024 }; /* poll.READ_BYTES */
enum { HEAD_BYTES = 8 };         /* of a masked frame with a size of two bytes; RFC 6455 section 5.2 */

static PyObject *active; /* Phase.ACTIVE */
static PyObject *read_name, *broke_name, *fail_name;

/* --- one message --- */

static int text_of(PyObject *facts, Py_ssize_t at, struct span *text) {
    PyObject *fact = PyTuple_GET_ITEM(facts, at);
    if (!PyUnicode_CheckExact(fact) || !PyUnicode_IS_COMPACT_ASCII(fact)) return 0;
    text->begin = PyUnicode_DATA(fact);
    text->size = (size_t)PyUnicode_GET_LENGTH(fact);
    return 1;
}

/* `TutorialCall.message`, for the frame that is due. */
static int tutorial(PyObject *call, const uint8_t *payload, size_t size) {
    PyObject *lane = SLOT(call, TutorialCall_lane), *facts = SLOT(call, TutorialCall__facts), *audio;
    struct expected expected;
    struct span encoded;
    int done;
    if (!IS(lane, Lane) || facts == NULL || !PyTuple_CheckExact(facts) || PyTuple_GET_SIZE(facts) != 4) return 0;
    if (!text_of(facts, 0, &expected.conversation_id) || !text_of(facts, 1, &expected.participant_id) ||
        !text_of(facts, 2, &expected.format) || !PyLong_CheckExact(PyTuple_GET_ITEM(facts, 3)))
        return 0;
    expected.sample_rate = PyLong_AsLong(PyTuple_GET_ITEM(facts, 3)); /* one that was taken, so a small one */
    if (!whole_number(call, TutorialCall__expected, &expected.sequence)) return 0;
    if (!frame_is(&expected, payload, size, &encoded)) return 0;
    audio = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)base64_size(encoded));
    if (audio == NULL) return -1;
    done = base64_decode(encoded, (uint8_t *)PyBytes_AS_STRING(audio)) ? forward(lane, expected.sequence, audio) : 0;
    Py_DECREF(audio);
    if (done == 1 && (put_whole(call, TutorialCall__expected, expected.sequence + 1) ||
                      put_whole(call, TutorialCall__run, 0)))
        return -1;
    return done;
}

/* `AudioHookCall.message`, for audio of one channel that is as long as the last. */
static int audiohook(PyObject *call, const uint8_t *payload, size_t size) {
    PyObject *session = SLOT(call, AudioHookCall_session), *tracks = SLOT(call, AudioHookCall_tracks);
    PyObject *position, *audio;
    long long last_size, frame_bytes, samples, chunk;
    int done;
    if (!IS(session, AudioHookSession) || !IS(tracks, Tracks) || size == 0) return 0;
    position = SLOT(session, AudioHookSession_position);
    if (!IS(position, Position) || SLOT(session, AudioHookSession_phase) != active) return 0;
    if (!whole_number(call, AudioHookCall__size, &last_size) || last_size != (long long)size) return 0;
    if (!whole_number(session, AudioHookSession__frame_bytes, &frame_bytes) || frame_bytes <= 0 ||
        (long long)size % frame_bytes)
        return 0;
    if (!whole_number(position, Position_samples, &samples) || !whole_number(tracks, Tracks__chunk, &chunk)) return 0;
    audio = PyBytes_FromStringAndSize((const char *)payload, (Py_ssize_t)size);
    if (audio == NULL) return -1;
    done = forward(SLOT(tracks, Tracks__only), chunk + 1, audio);
    Py_DECREF(audio);
    if (done == 1 && (put_whole(tracks, Tracks__chunk, chunk + 1) ||
                      put_whole(position, Position_samples, samples + (long long)size / frame_bytes)))
        return -1;
    return done;
}

/* `Reading.message`: -1 with an exception. */
static int message(PyObject *reading, PyObject *connection, uint8_t *frame, size_t whole) {
    PyObject *is_text = SLOT(reading, Reading_is_text), *payload, *callback, *heard;
    long long messages;
    int done = 0;
    if (!whole_number(connection, Connection_messages, &messages)) {
        PyErr_SetString(PyExc_TypeError, "a connection counts its messages in an int");
        return -1;
    }
    if (put_whole(connection, Connection_messages, messages + 1)) return -1;
    unmask(frame + HEAD_BYTES, whole - HEAD_BYTES, frame + HEAD_BYTES - 4);
    if (IS(connection, TutorialCall) && is_text == Py_True)
        done = tutorial(connection, frame + HEAD_BYTES, whole - HEAD_BYTES);
    else if (IS(connection, AudioHookCall) && is_text == Py_False)
        done = audiohook(connection, frame + HEAD_BYTES, whole - HEAD_BYTES);
    if (done) return done;
    payload = PyBytes_FromStringAndSize((char *)frame + HEAD_BYTES, (Py_ssize_t)(whole - HEAD_BYTES));
    if (payload == NULL) return -1;
    callback = Py_XNewRef(SLOT(reading, Reading_message));
    heard = PyObject_CallFunctionObjArgs(callback, payload, is_text, NULL);
    Py_XDECREF(callback);
    Py_DECREF(payload);
    Py_XDECREF(heard);
    return heard == NULL ? -1 : 0;
}

/* --- one socket --- */

static int call_method(PyObject *object, PyObject *name, PyObject *argument) {
    PyObject *result = PyObject_CallMethodObjArgs(object, name, argument, NULL);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* `Reading.read`: frames like the last here, anything else there. -1 with an exception. */
static int hear(PyObject *reading, PyObject *connection, uint8_t *data, size_t size) {
    PyObject *head = SLOT(reading, Reading_head), *rest;
    uint8_t like[4];
    long long whole;
    size_t at = 0;
    int failed;
    if (head == NULL || !PyBytes_CheckExact(head) || !whole_number(reading, Reading_whole, &whole)) {
        PyErr_SetString(PyExc_TypeError, "a reading has the head and the size of its last frame");
        return -1;
    }
    if (PyBytes_GET_SIZE(head) == sizeof like && whole >= HEAD_BYTES) {
        memcpy(like, PyBytes_AS_STRING(head), sizeof like);
        while (size - at >= (size_t)whole && memcmp(data + at, like, sizeof like) == 0 &&
               SLOT(connection, Connection_reading) == reading) {
            if (message(reading, connection, data + at, (size_t)whole) < 0) return -1;
            at += (size_t)whole;
        }
    }
    if (at == size && size > 0) return 0;
    rest = PyBytes_FromStringAndSize((char *)data + at, (Py_ssize_t)(size - at));
    failed = rest == NULL || call_method(reading, read_name, rest);
    Py_XDECREF(rest);
    return failed ? -1 : 0;
}

static int read_one(PyObject *reading, int fd) {
    uint8_t data[READ_BYTES];
    PyObject *connection = SLOT(reading, Reading_connection);
    ssize_t size;
    int heard;
    if (connection == NULL || !PyObject_TypeCheck(connection, classes[CLASS_Connection])) {
        PyErr_SetString(PyExc_TypeError, "a reading has a connection");
        return -1;
    }
    do size = recv(fd, data, sizeof data, MSG_DONTWAIT); /* read() takes a longer way to the socket */
    while (size < 0 && errno == EINTR && PyErr_CheckSignals() == 0);
    if (size < 0) {
        if (PyErr_Occurred()) return -1;
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : call_method(reading, broke_name, NULL);
    }
    Py_INCREF(connection);
    heard = hear(reading, connection, data, (size_t)size);
    Py_DECREF(connection);
    return heard;
}

/* The call whose message was not borne ends; the exception goes on. */
static void fail(PyObject *reading) {
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    if (call_method(reading, fail_name, NULL)) PyErr_WriteUnraisable(reading);
    PyErr_Restore(type, value, traceback);
}

/* --- a turn --- */

struct turn {
    PyObject *readings, *events;
    PyObject *next[AHEAD_STEPS + 1]; /* what event n is about, at n % size; ours, or NULL */
};

static PyObject **next_of(struct turn *turn, Py_ssize_t at) { return &turn->next[at % (AHEAD_STEPS + 1)]; }

static PyObject *descriptor(struct turn *turn, Py_ssize_t at) {
    return PyTuple_GET_ITEM(PyList_GET_ITEM(turn->events, at), 0);
}

/* Have what event `at` is about asked for from now on. */
static void enter(struct turn *turn, Py_ssize_t at) {
    PyObject **next = next_of(turn, at);
    Py_CLEAR(*next);
    if (at >= PyList_GET_SIZE(turn->events)) return;
    *next = Py_XNewRef(PyDict_GetItemWithError(turn->readings, descriptor(turn, at)));
    if (*next == NULL) PyErr_Clear(); /* its own turn will say it */
}

/* -1 with an exception. */
static int take_event(struct turn *turn, Py_ssize_t at) {
    PyObject *event = descriptor(turn, at), *reading = PyDict_GetItemWithError(turn->readings, event);
    int failed;
    if (reading == NULL) return PyErr_Occurred() ? -1 : 0; /* it has left in this turn */
    if (!IS(reading, Reading)) {
        PyErr_SetString(PyExc_TypeError, "only a Reading can be read");
        return -1;
    }
    Py_INCREF(reading);
    failed = read_one(reading, (int)PyLong_AsLong(event));
    if (failed) fail(reading);
    Py_DECREF(reading);
    return failed;
}

static PyObject *kernel_read(PyObject *module, PyObject *const *arguments, Py_ssize_t count) {
    struct turn turn = {0};
    int failed = 0;
    (void)module;
    if (count != 2 || !PyDict_CheckExact(arguments[0]) || !PyList_CheckExact(arguments[1]) || active == NULL) {
        PyErr_SetString(PyExc_TypeError, "read(readings by descriptor, events of an epoll), after fit(…)");
        return NULL;
    }
    turn.readings = arguments[0], turn.events = arguments[1];
    for (Py_ssize_t at = 1; at < AHEAD_STEPS; at++) enter(&turn, at);
    for (Py_ssize_t at = 0; !failed && at < PyList_GET_SIZE(turn.events); at++) {
        enter(&turn, at + AHEAD_STEPS);
        for (int step = 0; step < AHEAD_STEPS; step++) ask_ahead(*next_of(&turn, at + AHEAD_STEPS - step), step);
        failed = take_event(&turn, at);
    }
    for (int at = 0; at <= AHEAD_STEPS; at++) Py_XDECREF(turn.next[at]);
    if (failed) return NULL;
    Py_RETURN_NONE;
}

/* --- the module --- */

static PyObject *kernel_fit(PyObject *module, PyObject *arguments) {
    PyObject *given, *phase;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "O!O", &PyDict_Type, &given, &phase)) return NULL;
    Py_CLEAR(active); /* nothing is read by slots of which only some were found */
    if (find_slots(given)) return NULL;
    Py_INCREF(phase);
    active = phase;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"fit", kernel_fit, METH_VARARGS, "fit(classes by name, Phase.ACTIVE): what `read` works on; TypeError says what is wrong."},
    {"read", (PyCFunction)(void (*)(void))kernel_read, METH_FASTCALL, "read(readings, events): `poll.read_each`."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "kernel", "The way of an ordinary frame, compiled.", -1, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit_kernel(void) {
    read_name = PyUnicode_InternFromString("read");
    broke_name = PyUnicode_InternFromString("broke");
    fail_name = PyUnicode_InternFromString("fail");
    if (!read_name || !broke_name || !fail_name || forward_begin()) return NULL;
    return PyModule_Create(&definition);
}
