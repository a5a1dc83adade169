/* What the next calls' frames are going to touch is asked for while another call is read. */
#ifndef SWITCHBOARD_AHEAD_H
#define SWITCHBOARD_AHEAD_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

enum { AHEAD_STEPS = 6 };

/* Step 0 asks for the reading itself, each further one for what the one before has brought. Nothing is changed. */
void ask_ahead(PyObject *reading, int step);

#endif
