#pragma once

#include "dev/dev.h"

/**
 * Device memory, counted.  A failure says how much was wanted and how much the device has.  A dry
 * device counts as well, has no memory objects (NULL), takes what is written and gives nothing.
 */
int vg_buf_create(struct vg_dev *dev, size_t bytes, cl_mem *buf);
void vg_buf_destroy(struct vg_dev *dev, cl_mem *buf, size_t bytes);

// A window into buf; offset a multiple of info.align_bytes.
int vg_buf_window(struct vg_dev *dev, cl_mem buf, size_t offset, size_t bytes, cl_mem *window);
void vg_buf_window_destroy(cl_mem *window);

// Blocking copies.
int vg_buf_write(struct vg_dev *dev, cl_mem buf, size_t offset, size_t bytes, const void *data);
int vg_buf_read(struct vg_dev *dev, cl_mem buf, size_t offset, size_t bytes, void *data);
int vg_buf_zero(struct vg_dev *dev, cl_mem buf, size_t bytes);
