// JPEG through libjpeg.  Compiled where there is one; decode_stb.c has the other half.

#include "data/decoders.h"

#ifdef VG_WITH_JPEG

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>
#include <jerror.h>

#include "base/err.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#ifdef LIBJPEG_TURBO_VERSION
const char *const vg_jpeg_decoder = "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION);
#else
const char *const vg_jpeg_decoder = "libjpeg " TEXT(JPEG_LIB_VERSION);
#endif

// Lives in the caller of the function that calls setjmp, so a jump back leaves it as it is.
struct job {
    struct jpeg_error_mgr errors;   // first: libjpeg hands its address back
    struct jpeg_decompress_struct jpeg;
    jmp_buf fail;
    int code;
    char text[JMSG_LENGTH_MAX];
};

static void give_up(j_common_ptr jpeg)
{
    struct job *job = (struct job *) jpeg->err;
    jpeg->err->format_message(jpeg, job->text);
    longjmp(job->fail, 1);
}

// Of libjpeg's warnings these mean lost pixels; the rest (stray bytes between segments, an odd
// version) are common in sound files.
static int is_damage(int message)
{
    return message == JWRN_JPEG_EOF || message == JWRN_HIT_MARKER || message == JWRN_MUST_RESYNC ||
           message == JWRN_HUFF_BAD_CODE || message == JWRN_ARITH_BAD_CODE;
}

static void on_message(j_common_ptr jpeg, int level)
{
    if (level < 0 && is_damage(jpeg->err->msg_code))
        give_up(jpeg);
}

static void say_nothing(j_common_ptr jpeg)
{
}

static void read_header(struct job *job, const struct vg_encoded *e)
{
    job->jpeg.err = jpeg_std_error(&job->errors);
    job->errors.error_exit = give_up;
    job->errors.emit_message = on_message;
    job->errors.output_message = say_nothing;
    jpeg_create_decompress(&job->jpeg);
    jpeg_mem_src(&job->jpeg, e->data, (unsigned long) e->bytes);
    jpeg_read_header(&job->jpeg, TRUE);
}

static void read_rows(struct job *job, struct vg_image *out)
{
    struct jpeg_decompress_struct *jpeg = &job->jpeg;
    if (jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK) {
        job->code = VG_ERR_UNSUPPORTED;
        snprintf(job->text, sizeof job->text, "a CMYK JPEG, wanted RGB or grayscale");
        longjmp(job->fail, 1);
    }
    jpeg->out_color_space = JCS_RGB;
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = vg_image_at(out, 0, (int) jpeg->output_scanline);
        jpeg_read_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_decompress(jpeg);
}

// All calls that may jump; out is NULL for the header alone.
static int run(struct job *job, const struct vg_encoded *e, struct vg_image *out)
{
    if (setjmp(job->fail))
        return job->code;
    read_header(job, e);
    if (out)
        read_rows(job, out);
    return VG_OK;
}

static int run_job(struct job *job, const struct vg_encoded *e, struct vg_image *out)
{
    job->code = VG_ERR_FORMAT;
    const int rc = run(job, e, out);
    if (rc != VG_OK)
        vg_fail(rc, "%s: %s", e->name, job->text);
    jpeg_destroy_decompress(&job->jpeg);
    return rc;
}

int vg_jpeg_size(const struct vg_encoded *e, int64_t *w, int64_t *h)
{
    struct job job = { 0 };
    const int rc = run_job(&job, e, NULL);
    *w = job.jpeg.image_width;
    *h = job.jpeg.image_height;
    return rc;
}

int vg_jpeg_decode(const struct vg_encoded *e, struct vg_image *out)
{
    struct job job = { 0 };
    int64_t w, h;
    int rc;
    *out = (struct vg_image) { 0 };
    VG_TRY(vg_jpeg_size(e, &w, &h));
    VG_TRY(vg_image_init(out, (int) w, (int) h));
    VG_TRY(run_job(&job, e, out));
out:
    if (rc != VG_OK)
        vg_image_finish(out);
    return rc;
}

#endif
