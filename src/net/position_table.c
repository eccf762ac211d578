#include "net/position_table.h"

#include <math.h>
#include <string.h>

enum { TAPS = 4 };

// Of one output: where its four inputs are, and what they weigh.
struct cubic {
    int at[TAPS];
    double weight[TAPS];
};

static double cubic(double t)
{
    const double a = -0.75;
    t = fabs(t);
    if (t <= 1)
        return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

static struct cubic cubic_of(int i, int from, int to)
{
    struct cubic c;
    const double center = (i + 0.5) * from / to - 0.5;
    const int first = (int) floor(center) - 1;
    for (int k = 0; k < TAPS; k++) {
        const int at = first + k;
        c.at[k] = at < 0 ? 0 : at >= from ? from - 1 : at;
        c.weight[k] = cubic(center - at);
    }
    return c;
}

void vg_position_table_resize(const float *in, int from, int to, int64_t width, float *out)
{
    memcpy(out, in, (size_t) width * sizeof *out);
    const float *patches = in + width;
    float *row = out + width;
    for (int y = 0; y < to; y++)
        for (int x = 0; x < to; x++, row += width) {
            const struct cubic v = cubic_of(y, from, to), h = cubic_of(x, from, to);
            for (int64_t d = 0; d < width; d++) {
                double sum = 0;
                for (int i = 0; i < TAPS; i++)
                    for (int j = 0; j < TAPS; j++)
                        sum += v.weight[i] * h.weight[j] *
                               patches[((int64_t) v.at[i] * from + h.at[j]) * width + d];
                row[d] = (float) sum;
            }
        }
}

int vg_position_table_grid(int64_t rows)
{
    const int grid = (int) lround(sqrt((double) (rows > 1 ? rows - 1 : 0)));
    return (int64_t) grid * grid + 1 == rows ? grid : 0;
}
