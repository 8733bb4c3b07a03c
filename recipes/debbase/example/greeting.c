/* A package that takes a compiler to build and none to run. */
#include <Python.h>

static PyObject *greet(PyObject *module, PyObject *arguments)
{
    return PyUnicode_FromString("hello from C");
}

static PyMethodDef methods[] = {
    {"greet", greet, METH_NOARGS, "Says where it comes from."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "greeting", NULL, -1, methods};

PyMODINIT_FUNC PyInit_greeting(void)
{
    return PyModule_Create(&definition);
}
