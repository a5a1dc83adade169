/* Frames as Genesys sends them: masked, each with a mask of its own. Source: RFC 6455 section 5.2; contracts 4. */
#include "rig.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static uint8_t voice[AUDIO_BYTES]; /* a tone in PCMU, so that a voice detector has something to look at */
static char voice_text[217];
static uint64_t random_state = 88172645463325252ull;

static uint32_t mask_key(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}

static size_t base64(char *out, const uint8_t *in, size_t length) {
    size_t made = 0;
    for (size_t at = 0; at < length; at += 3) {
        uint32_t three = (uint32_t)in[at] << 16;
        if (at + 1 < length) three |= (uint32_t)in[at + 1] << 8;
        if (at + 2 < length) three |= in[at + 2];
        out[made++] = ALPHABET[three >> 18];
        out[made++] = ALPHABET[three >> 12 & 63];
        out[made++] = at + 1 < length ? ALPHABET[three >> 6 & 63] : '=';
        out[made++] = at + 2 < length ? ALPHABET[three & 63] : '=';
    }
    return made;
}

void frames_start(void) {
    for (int at = 0; at < AUDIO_BYTES; at++) voice[at] = (uint8_t)((at / 20 % 2 ? 0x90 : 0x10) + at % 20);
    voice_text[base64(voice_text, voice, AUDIO_BYTES)] = 0;
}

static void put_hex(char *at, uint32_t value, int digits) {
    while (digits--) at[digits] = "0123456789abcdef"[value & 15], value >>= 4;
}

void call_uuid(char out[37], uint32_t kind, uint32_t slot, uint32_t generation) { /* two for each frame: no snprintf */
    memcpy(out, "00000000-0000-4000-8000-000000000000", 37);
    put_hex(out, kind, 8);
    put_hex(out + 24, generation, 4);
    put_hex(out + 28, slot, 8);
}

static void mask(uint8_t *data, size_t length, uint32_t key) {
    uint64_t both = (uint64_t)key << 32 | key;
    size_t at = 0;
    for (; at + 8 <= length; at += 8) {
        uint64_t word;
        memcpy(&word, data + at, 8);
        word ^= both;
        memcpy(data + at, &word, 8);
    }
    for (; at < length; at++) data[at] ^= (uint8_t)(key >> at % 4 * 8);
}

/* The header for a payload that stands at out + 8 already, or at out + 6 when it is shorter than 126 bytes. */
static size_t finish(uint8_t *out, int opcode, size_t length) {
    uint32_t key = mask_key();
    size_t head = length < 126 ? 2 : 4;
    out[0] = (uint8_t)(0x80 | opcode);
    out[1] = (uint8_t)(0x80 | (length < 126 ? length : 126));
    if (head == 4) out[2] = (uint8_t)(length >> 8), out[3] = (uint8_t)length;
    memcpy(out + head, &key, 4);
    mask(out + head + 4, length, key);
    return head + 4 + length;
}

size_t frame_masked(uint8_t *out, int opcode, const void *payload, size_t length) {
    memcpy(out + (length < 126 ? 6 : 8), payload, length);
    return finish(out, opcode, length);
}

static struct stamp stamped(uint32_t slot, uint32_t generation, uint32_t number, uint64_t due_ns) {
    return (struct stamp){STAMP_MAGIC, slot, generation, number, due_ns};
}

static const char *timestamp(void) {
    static char text[40];
    static uint64_t made_at_ns;
    if (now_ns - made_at_ns >= 1000000) {
        struct timespec wall;
        struct tm parts;
        char seconds[24];
        clock_gettime(CLOCK_REALTIME, &wall);
        gmtime_r(&wall.tv_sec, &parts);
        strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &parts);
        snprintf(text, sizeof text, "%.19s.%03dZ", seconds, (int)(wall.tv_nsec / 1000000 % 1000));
        made_at_ns = now_ns;
    }
    return text;
}

static char *put(char *at, const char *text, size_t length) {
    memcpy(at, text, length);
    return at + length;
}
#define PUT(at, literal) put(at, literal, sizeof literal - 1)

static char *put_number(char *at, uint32_t number) {
    char digits[10];
    int count = 0;
    do digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count) *at++ = digits[--count];
    return at;
}

size_t frame_tutorial(uint8_t *out, uint32_t slot, uint32_t generation, uint32_t number, uint64_t due_ns) {
    char conversation[37], participant[37];
    call_uuid(conversation, 1, slot, generation);
    call_uuid(participant, 2, slot, generation);
    struct stamp stamp = stamped(slot, generation, number, due_ns);
    char stamp_text[33];
    base64(stamp_text, (const uint8_t *)&stamp, sizeof stamp);
    char *at = (char *)out + 8;
    at = PUT(at, "{\"conversationId\":\"");
    at = put(at, conversation, 36);
    at = PUT(at, "\",\"participantId\":\"");
    at = put(at, participant, 36);
    at = PUT(at, "\",\"audio\":\"");
    at = put(at, stamp_text, 32);
    at = put(at, voice_text + 32, 184);
    at = PUT(at, "\",\"format\":\"PCMU\",\"sampleRate\":8000,\"sequenceNumber\":");
    at = put_number(at, number);
    at = PUT(at, ",\"timestamp\":\"");
    at = put(at, timestamp(), 24);
    at = PUT(at, "\"}");
    return finish(out, TEXT, (size_t)(at - (char *)out) - 8);
}

size_t frame_audiohook(uint8_t *out, uint32_t slot, uint32_t generation, uint32_t number, uint64_t due_ns) {
    struct stamp stamp = stamped(slot, generation, number, due_ns);
    memcpy(out + 8, &stamp, sizeof stamp);
    memcpy(out + 8 + sizeof stamp, voice + sizeof stamp, AUDIO_BYTES - sizeof stamp);
    return finish(out, BINARY, AUDIO_BYTES);
}
