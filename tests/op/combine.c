#include <math.h>
#include <stdio.h>

#include "op/combine.h"
#include "tests/oracle.h"

static void reference(struct trial *t)
{
    struct array *y = trial_out(t, "y");
    double weight = (float) trial_number(t, "first", 1);
    const int count = (int) trial_number(t, "terms", 2);
    y->v[0] = y->scale = 0;
    y->terms = count;
    for (int i = 0; i < count; i++, weight *= -0.5) {
        char name[8];
        snprintf(name, sizeof name, "t%d", i % 100);
        const double term = weight * trial_in(t, name)->v[0];
        y->v[0] += term;
        y->scale = fmax(y->scale, fabs(term));   // terms of both signs may cancel
        trial_din(t, name)->v[0] = weight * t->dy.v[0];
    }
}

const struct oracle oracle_combine = {
    .op = &vg_op_combine,
    .reference = reference,
    .slopes = { "combine terms=3 t0=\"\" t1=1 t2=\"\"" },
    .refusals = {
        { "combine terms=0", "combine: 0 terms, wanted 1 to 12" },
        { "combine terms=13 t0=1 t1=1 t2=1 t3=1 t4=1 t5=1 t6=1 t7=1 t8=1 t9=1 t10=1 t11=1 t12=1",
          "combine: 13 terms, wanted 1 to 12" },
        { "combine terms=2 t0=1 t1=3", "combine: term 1 is [3], wanted one element" },
    },
};
