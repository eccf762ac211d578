#pragma once

#include "data/face_canvas.h"
#include "data/face_relief.h"
#include "data/face_truth.h"

/**
 * A face painted from the back to the front: background, hair behind, neck and clothes, ears, skin,
 * eyes, brows, mouth, nose, beard, hair in front, glasses, hat, occluder.  Each layer is one
 * function, in the file of its subject.
 */
enum { VG_FACE_LATTICE = 32 };   // side of the noise's lattice, a power of two

struct vg_face_scene {
    const struct vg_face_person *person;
    const struct vg_face_shot *shot;
    struct vg_face_shape shape;
    struct vg_face_canvas canvas;
    struct vg_face_relief relief;
    struct vg_face_point head;   // the head's middle in the image
    double cos_roll, sin_roll;
    float lattice[VG_FACE_LATTICE * VG_FACE_LATTICE];   // 0 .. 1
};

void vg_face_scene_init(struct vg_face_scene *s, const struct vg_face_person *person,
                        const struct vg_face_shot *shot, int size);
void vg_face_scene_finish(struct vg_face_scene *s);
void vg_face_scene_paint(struct vg_face_scene *s);

// Smooth noise, 0 .. 1, its lattice one unit wide; repeats after VG_FACE_LATTICE.
float vg_face_noise(const struct vg_face_scene *s, double x, double y);
// A pixel's place in face units from the head's middle, turned back by the roll.
struct vg_face_point vg_face_upright(const struct vg_face_scene *s, int x, int y);
// The light on the skin at a pixel.
struct vg_face_colour vg_face_light_at(const struct vg_face_scene *s, int x, int y);
// A point of a plane in front of or behind the head, in face units.
struct vg_face_point vg_face_off(const struct vg_face_scene *s, double x, double y, double z);

// face_backdrop.c
void vg_face_paint_background(struct vg_face_scene *s);
void vg_face_paint_body(struct vg_face_scene *s);
// face_features.c
void vg_face_paint_lines(struct vg_face_scene *s);
void vg_face_paint_eyes(struct vg_face_scene *s);
void vg_face_paint_brows(struct vg_face_scene *s);
void vg_face_paint_mouth(struct vg_face_scene *s);
void vg_face_paint_nose(struct vg_face_scene *s);
// face_hair.c
void vg_face_paint_hair_behind(struct vg_face_scene *s);
void vg_face_paint_hair(struct vg_face_scene *s);
void vg_face_paint_beard(struct vg_face_scene *s);
// face_things.c
void vg_face_paint_glasses(struct vg_face_scene *s);
void vg_face_paint_hat(struct vg_face_scene *s);
void vg_face_paint_occluder(struct vg_face_scene *s);

// The skin's colour under the light at a pixel: the ink of head, nose and ears.
struct vg_face_ink vg_face_skin_ink(const void *scene, int x, int y);
