// total = the sum of weight[i] * term[i] over COUNT terms of one number each, in their order; the
// gradient of a term is weight * dtotal.  One work-item does it: there is nothing to share.
//
// The host passes twelve terms and weights, those from COUNT on are not there.

#ifndef COUNT
#define COUNT 1
#endif

#define EACH_OF_12(what)                                                                           \
    what(0) what(1) what(2) what(3) what(4) what(5) what(6) what(7) what(8) what(9) what(10)       \
        what(11)
#define TERM_ARG(i) , global const real *term##i, const acc weight##i
#define ADD(i)                                                                                     \
    if (i < COUNT)                                                                                 \
        sum += weight##i * *term##i;

GROUP(1)
void combine_fwd(global real *total EACH_OF_12(TERM_ARG))
{
    acc sum = 0;
    EACH_OF_12(ADD)
    *total = sum;
}

GROUP(1)
void combine_bwd(global const real *dtotal, global real *dterm, const acc weight)
{
    *dterm = weight * *dtotal;
}
