// Squares of 16 x 16 numbers turned about their diagonal, in registers.  For work-items that work
// alone: rows come in and columns go out as whole vectors, wherever they lie.

// A vector that lies anywhere.  vload16 and vstore16 say the same, but PoCL makes several of one.
typedef real16 __attribute__((aligned(4))) turn_any;

// One of four passes: of rows a and b, FAR apart, what lies FAR off the diagonal changes places.
#define TURN_PASS(v, FAR, kept, other)                                                             \
    OVER(i, 16)                                                                                    \
        if ((i & FAR) == 0) {                                                                      \
            const real16 a = v[i], b = v[i + FAR];                                                 \
            v[i] = kept(a, b);                                                                     \
            v[i + FAR] = other(a, b);                                                              \
        }
#define TURN_LO8(a, b) (real16)(a.lo, b.lo)
#define TURN_HI8(a, b) (real16)(a.hi, b.hi)
#define TURN_LO4(a, b) (real16)(a.s0123, b.s0123, a.s89ab, b.s89ab)
#define TURN_HI4(a, b) (real16)(a.s4567, b.s4567, a.scdef, b.scdef)
#define TURN_LO2(a, b) (real16)(a.s01, b.s01, a.s45, b.s45, a.s89, b.s89, a.scd, b.scd)
#define TURN_HI2(a, b) (real16)(a.s23, b.s23, a.s67, b.s67, a.sab, b.sab, a.sef, b.sef)
#define TURN_LO1(a, b)                                                                             \
    (real16)(a.s0, b.s0, a.s2, b.s2, a.s4, b.s4, a.s6, b.s6, a.s8, b.s8, a.sa, b.sa, a.sc, b.sc,   \
             a.se, b.se)
#define TURN_HI1(a, b)                                                                             \
    (real16)(a.s1, b.s1, a.s3, b.s3, a.s5, b.s5, a.s7, b.s7, a.s9, b.s9, a.sb, b.sb, a.sd, b.sd,   \
             a.sf, b.sf)

inline void turn(real16 v[16])
{
    TURN_PASS(v, 8, TURN_LO8, TURN_HI8)
    TURN_PASS(v, 4, TURN_LO4, TURN_HI4)
    TURN_PASS(v, 2, TURN_LO2, TURN_HI2)
    TURN_PASS(v, 1, TURN_LO1, TURN_HI1)
}

// to[c * pitch + r] = from[r * row + c] for r < 16 and c < 16; zero from row `rows` on.  Nothing is
// read or written from column `cols` on.
inline void turn_square(global const real *from, const size_t row, const int rows, const int cols,
                        global real *to, const size_t pitch)
{
    if (rows >= 16 && cols >= 16) {
        real16 v[16];
        OVER(r, 16)
            v[r] = *(global const turn_any *) (from + r * row);
        turn(v);
        OVER(c, 16)
            *(global turn_any *) (to + c * pitch) = v[c];
        return;
    }
    for (int c = 0; c < min(16, cols); c++)
        for (int r = 0; r < 16; r++)
            to[c * pitch + r] = r < rows ? from[r * row + c] : 0;
}
