// Between images and the patches they are cut into.  A row of a patch is a run of patch * channels
// neighbours in both, so either direction is a copy of runs.
//
//   images   [n][rows * patch][wide * patch][channels]
//   patches  [n][rows * wide][patch][patch][channels]     run = patch * channels
//
// The pass goes over the patches; VEC divides run.

// Where the number at `at` of the patches lies in the images.
size_t in_image(const uint at, const uint run, const uint patch, const uint wide)
{
    const uint row = at / run, block = row / patch;
    const uint line = block / wide * patch + row % patch;
    return (size_t) (line * wide + block % wide) * run + at % run;
}

GROUP(WG)
void patches_cut(global const real *images, global real *patches, const int elems, const int run,
                 const int patch, const int wide)
{
    for (EACH(at, elems))
        STOREV(LOADV(images, in_image((uint) at, run, patch, wide)), patches, at);
}

GROUP(WG)
void patches_join(global const real *patches, global real *images, const int elems, const int run,
                  const int patch, const int wide)
{
    for (EACH(at, elems))
        STOREV(LOADV(patches, at), images, in_image((uint) at, run, patch, wide));
}
