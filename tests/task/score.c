#include <criterion/criterion.h>
#include <math.h>

#include "task/score.h"

// Six rows of three classes; row 3 has two largest logits, the first counts.
static const float logits[6][3] = {
    { 5, 1, 0 }, { 0, 2, 1 }, { 9, 8, 7 }, { 4, 4, 1 }, { -3, -2, -1 }, { 0, 0, 0.5f },
};
static const int32_t labels[6] = { 0, 1, 1, 0, 0, 1 };

Test(score, counts_what_was_said_of_what)
{
    struct vg_score s;
    vg_score_of(&s, 3, 6, logits[0], labels);
    cr_expect_eq(s.count[0][0], 2);
    cr_expect_eq(s.count[0][2], 1);
    cr_expect_eq(s.count[1][1], 1);
    cr_expect_eq(s.count[1][0], 1);
    cr_expect_eq(s.count[1][2], 1);
    cr_expect_eq(vg_score_accuracy(&s), 3 / 6.0);
    cr_expect_eq(vg_score_recall(&s, 0), 2 / 3.0);
    cr_expect_eq(vg_score_recall(&s, 1), 1 / 3.0);
    cr_expect_eq(vg_score_mean_recall(&s), (2 / 3.0 + 1 / 3.0) / 2);
}

Test(score, a_class_without_rows_has_no_recall)
{
    struct vg_score s;
    vg_score_of(&s, 3, 6, logits[0], labels);
    cr_expect(isnan(vg_score_recall(&s, 2)));
    vg_score_of(&s, 3, 0, logits[0], labels);
    cr_expect(isnan(vg_score_accuracy(&s)));
    cr_expect(isnan(vg_score_mean_recall(&s)));
}
