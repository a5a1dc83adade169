/* Growing buffers and histograms. */
#include "rig.h"

#include <stdlib.h>
#include <string.h>

uint8_t *buffer_room(struct buffer *buffer, size_t wanted) {
    if (buffer->room - buffer->end >= wanted) return buffer->data + buffer->end;
    size_t held = buffer->end - buffer->start;
    if (held) memmove(buffer->data, buffer->data + buffer->start, held);
    buffer->start = 0, buffer->end = held;
    if (buffer->room - held < wanted) {
        buffer->room = (held + wanted) * 2;
        buffer->data = realloc(buffer->data, buffer->room);
        if (!buffer->data) fail("memory");
    }
    return buffer->data + buffer->end;
}

void buffer_add(struct buffer *buffer, const void *data, size_t length) {
    memcpy(buffer_room(buffer, length), data, length);
    buffer->end += length;
}

void buffer_take(struct buffer *buffer, size_t length) {
    buffer->start += length;
    if (buffer->start == buffer->end) buffer->start = buffer->end = 0;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

static int bucket(uint64_t value) {
    if (value < 16) return (int)value;
    int octave = 63 - __builtin_clzll(value);
    return (octave - 3) * 16 + (int)(value >> (octave - 4) & 15);
}

static double bucket_top(int at) {
    if (at < 16) return at;
    return (double)((uint64_t)(at % 16 + 17) << (at / 16 - 1));
}

void histogram_add(struct histogram *histogram, uint64_t value) {
    histogram->counts[bucket(value)]++;
    histogram->total++;
    if (value > histogram->max) histogram->max = value;
}

void histogram_clear(struct histogram *histogram) { memset(histogram, 0, sizeof *histogram); }

double histogram_ms(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)(share * (double)histogram->total), seen = 0;
    for (int at = 0; at < 1024; at++) {
        seen += histogram->counts[at];
        if (seen > wanted) {
            double top = bucket_top(at);
            return (top < (double)histogram->max ? top : (double)histogram->max) / 1e6;
        }
    }
    return (double)histogram->max / 1e6;
}
