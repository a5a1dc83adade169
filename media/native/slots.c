#include "slots.h"

#include <structmember.h>

#define CLASS_NAME(class) #class,
static const char *const class_names[] = {CLASSES(CLASS_NAME)};
#define SLOT_NAME(class, name) {CLASS_##class, #name},
static const struct { enum class_id class; const char *name; } slots[] = {SLOTS(SLOT_NAME)};

PyTypeObject *classes[CLASS_COUNT];
Py_ssize_t offsets[SLOT_COUNT];

int whole_number(PyObject *object, enum slot_id id, long long *number) {
    PyObject *value = SLOT(object, id);
    int overflow = 0;
    if (value == NULL || !PyLong_CheckExact(value)) return 0;
    *number = PyLong_AsLongLongAndOverflow(value, &overflow);
    return !overflow;
}

int real_number(PyObject *object, enum slot_id id, double *number) {
    PyObject *value = SLOT(object, id);
    if (value == NULL || !PyFloat_CheckExact(value)) return 0;
    *number = PyFloat_AS_DOUBLE(value);
    return 1;
}

/* Takes `value` over; -1 when there is none, for lack of memory. */
static int put(PyObject *object, enum slot_id id, PyObject *value) {
    PyObject *before = SLOT(object, id);
    if (value == NULL) return -1;
    SLOT(object, id) = value;
    Py_XDECREF(before);
    return 0;
}

int put_whole(PyObject *object, enum slot_id id, long long number) {
    return put(object, id, PyLong_FromLongLong(number));
}

int put_real(PyObject *object, enum slot_id id, double number) {
    return put(object, id, PyFloat_FromDouble(number));
}

static int find_slot(enum slot_id id) {
    PyTypeObject *class = classes[slots[id].class];
    PyObject *found = PyDict_GetItemString(class->tp_dict, slots[id].name);
    if (found == NULL || Py_TYPE(found) != &PyMemberDescr_Type ||
        ((PyMemberDescrObject *)found)->d_member->type != T_OBJECT_EX) {
        PyErr_Format(PyExc_TypeError, "%s has no slot %s", class->tp_name, slots[id].name);
        return -1;
    }
    offsets[id] = ((PyMemberDescrObject *)found)->d_member->offset;
    return 0;
}

int find_slots(PyObject *given) {
    PyObject *class;
    for (int id = 0; id < CLASS_COUNT; id++) {
        class = PyDict_GetItemString(given, class_names[id]);
        if (class == NULL || !PyType_Check(class)) {
            PyErr_Format(PyExc_TypeError, "no class is given as %s", class_names[id]);
            return -1;
        }
        Py_INCREF(class);
        Py_XSETREF(classes[id], (PyTypeObject *)class);
    }
    for (int id = 0; id < SLOT_COUNT; id++)
        if (find_slot((enum slot_id)id)) return -1;
    return 0;
}
