#!/usr/bin/env python3
"""Prints `PLATFORM: DEVICE` of every OpenCL device; exit 1 and the reason where there is none.

The lanes ask this before they run anything; it needs no package but the loader.
"""

import ctypes
import sys

PLATFORM_NAME, DEVICE_NAME, ALL_TYPES = 0x0902, 0x102B, 0xFFFFFFFF


def load():
    try:
        library = ctypes.CDLL(None)  # what a wrapper such as Oclgrind put in front
        library.clGetPlatformIDs
    except AttributeError:
        library = ctypes.CDLL("libOpenCL.so.1")
    return library


def listed(call, *before):
    """The handles that clGetPlatformIDs or clGetDeviceIDs gives."""
    count = ctypes.c_uint(0)
    if call(*before, 0, None, ctypes.byref(count)) != 0 or count.value == 0:
        return []
    handles = (ctypes.c_void_p * count.value)()
    return list(handles) if call(*before, count, handles, None) == 0 else []


def name(call, handle, what):
    text = ctypes.create_string_buffer(256)
    call(ctypes.c_void_p(handle), what, ctypes.sizeof(text), text, None)
    return text.value.decode("utf-8", "replace").strip()


def main():
    try:
        cl = load()
    except OSError as e:
        print(f"no OpenCL loader: {e}")
        sys.exit(1)
    lines = []
    for platform in listed(cl.clGetPlatformIDs):
        whose = (ctypes.c_void_p(platform), ctypes.c_ulong(ALL_TYPES))
        for device in listed(cl.clGetDeviceIDs, *whose):
            lines.append(f"{name(cl.clGetPlatformInfo, platform, PLATFORM_NAME)}: "
                         f"{name(cl.clGetDeviceInfo, device, DEVICE_NAME)}")
    print("\n".join(lines) or "no OpenCL device")
    sys.exit(not lines)


main()
