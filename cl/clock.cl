// A fixed number of cycles of one work-item, so that its time says what the clock did.
//
//   clock_chain  `rounds` times 16 links, each a rotation and an exclusive or that wait for the
//                one before.  out[0] gets the end of the chain, so that nothing can be left out.

kernel __attribute__((reqd_work_group_size(1, 1, 1)))
void clock_chain(global uint *out, const uint key, const uint rounds)
{
    uint x = out[0];
    for (uint r = 0; r < rounds; r++) {
        _Pragma("unroll") for (int link = 0; link < 16; link++)
            x = rotate(x, 1u) ^ (key + r);
    }
    out[0] = x;
}
