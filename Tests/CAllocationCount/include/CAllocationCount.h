#ifndef C_ALLOCATION_COUNT_H
#define C_ALLOCATION_COUNT_H

// How often the calling thread has asked for memory so far.
unsigned long allocation_count(void);

#endif
