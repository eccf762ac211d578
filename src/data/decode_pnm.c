// Binary PGM (P5) and PPM (P6): the magic, then width, height and the largest value in decimal,
// separated by white space and comments, one white space, then the samples.

#include "data/decoders.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"

struct header {
    int64_t w, h, most;   // most: the largest value a sample has
    size_t start;         // of the samples
};

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t skip_space(const struct vg_encoded *e, size_t at)
{
    while (at < e->bytes && (is_space(e->data[at]) || e->data[at] == '#')) {
        if (e->data[at] == '#')
            while (at < e->bytes && e->data[at] != '\n')
                at++;
        else
            at++;
    }
    return at;
}

// The number behind *at; -1 where there is none or one with more than eight digits.
static int64_t number(const struct vg_encoded *e, size_t *at)
{
    const size_t start = skip_space(e, *at);
    int64_t n = 0;
    for (*at = start; *at < e->bytes && e->data[*at] >= '0' && e->data[*at] <= '9'; ++*at)
        if (*at - start < 9)
            n = 10 * n + (e->data[*at] - '0');
    return *at == start || *at - start > 8 ? -1 : n;
}

static int read_header(const struct vg_encoded *e, struct header *head)
{
    size_t at = 2;
    head->w = number(e, &at);
    head->h = number(e, &at);
    head->most = number(e, &at);
    head->start = at + 1;
    if (head->w < 0 || head->h < 0 || head->most < 1 || head->most > 65535 || at >= e->bytes ||
        !is_space(e->data[at]))
        return vg_fail(VG_ERR_FORMAT, "%s: not a PGM or PPM header", e->name);
    return VG_OK;
}

int vg_pnm_size(const struct vg_encoded *e, int64_t *w, int64_t *h)
{
    struct header head;
    const int rc = read_header(e, &head);
    *w = head.w;
    *h = head.h;
    return rc;
}

// Samples of more than 255 values have two bytes, the upper one first.
static uint8_t sample(const struct header *head, const uint8_t *p)
{
    const int64_t v = head->most > 255 ? p[0] << 8 | p[1] : p[0];
    return (uint8_t) (v >= head->most ? 255 : (v * 255 + head->most / 2) / head->most);
}

int vg_pnm_decode(const struct vg_encoded *e, struct vg_image *out)
{
    struct header head;
    int rc = read_header(e, &head);
    *out = (struct vg_image) { 0 };
    if (rc != VG_OK)
        return rc;
    const int channels = e->data[1] == '6' ? 3 : 1, size = head.most > 255 ? 2 : 1;
    if (head.w * head.h * channels * size > (int64_t) (e->bytes - head.start))
        return vg_fail(VG_ERR_FORMAT, "%s: the pixels end early", e->name);

    rc = vg_image_init(out, (int) head.w, (int) head.h);
    const uint8_t *p = e->data + head.start;
    for (int64_t i = 0; rc == VG_OK && i < head.w * head.h; i++, p += channels * size)
        for (int c = 0; c < VG_CHANNELS; c++)
            out->pixels[i * VG_CHANNELS + c] = sample(&head, p + (channels == 3 ? c * size : 0));
    return rc;
}
