/* The tutorial's frames without Python: unmasked, compared with what is due, their base64 decoded. */
#ifndef SWITCHBOARD_FRAMES_H
#define SWITCHBOARD_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct span { const uint8_t *begin; size_t size; };

struct expected { struct span conversation_id, participant_id, format; long sample_rate; long long sequence; };

/* RFC 6455 section 5.3; `mask` has four bytes. */
void unmask(uint8_t *payload, size_t size, const uint8_t *mask);

/* Whether `payload` is one JSON object with just these values, and an audio that is not empty, which `audio` becomes.
 * False for whatever is not plain: escapes, bytes beyond ASCII, a key of ours that comes twice, nested values. */
int frame_is(const struct expected *due, const uint8_t *payload, size_t size, struct span *audio);

/* How many bytes it decodes to; only for a multiple of four characters. */
size_t base64_size(struct span encoded);

/* RFC 4648 section 4, with padding and without bits left over; false for anything else. */
int base64_decode(struct span encoded, uint8_t *decoded);

#endif
