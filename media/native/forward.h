/* One chunk on its way: `Lane.audio`, `Uplink.audio`, `ChunkEncoder.chunk`, `Stream.send`, `ReplayBuffer.keep_sent`. */
#ifndef SWITCHBOARD_FORWARD_H
#define SWITCHBOARD_FORWARD_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* To be called once, before the rest; -1 with an exception. */
int forward_begin(void);

/* 1 when it went, 0 when nothing was done and the Python path has to, -1 with an exception. `audio` is bytes. */
int forward(PyObject *lane, long long sequence, PyObject *audio);

#endif
