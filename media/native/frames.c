#include "frames.h"

#include <string.h>

static const long long HIGHEST = 2147483647; /* rules.sequences.HIGHEST */

void unmask(uint8_t *payload, size_t size, const uint8_t *mask) {
    uint64_t wide, word;
    size_t at = 0;
    memcpy(&wide, mask, 4);
    memcpy((uint8_t *)&wide + 4, mask, 4);
    for (; at + 8 <= size; at += 8) {
        memcpy(&word, payload + at, 8);
        word ^= wide;
        memcpy(payload + at, &word, 8);
    }
    for (; at < size; at++) payload[at] ^= mask[at & 3];
}

/* --- JSON: each function moves `at` behind what it has read, or gives 0 --- */

struct text { const uint8_t *at, *end; };

static void skip_blanks(struct text *text) {
    while (text->at < text->end && *text->at == ' ') text->at++;
}

static int one(struct text *text, uint8_t wanted) {
    if (text->at == text->end || *text->at != wanted) return 0;
    text->at++;
    return 1;
}

static int plain_string(struct text *text, struct span *string) {
    if (!one(text, '"')) return 0;
    string->begin = text->at;
    while (text->at < text->end && *text->at >= 0x20 && *text->at < 0x7F && *text->at != '"' && *text->at != '\\')
        text->at++;
    string->size = (size_t)(text->at - string->begin);
    return one(text, '"');
}

/* Up to the next quote; its characters are looked at when they are decoded. */
static int base64_string(struct text *text, struct span *string) {
    const uint8_t *quote;
    if (!one(text, '"')) return 0;
    quote = memchr(text->at, '"', (size_t)(text->end - text->at));
    if (quote == NULL) return 0;
    *string = (struct span){text->at, (size_t)(quote - text->at)};
    text->at = quote + 1;
    return string->size > 0 && string->size % 4 == 0;
}

static size_t digits(struct text *text) {
    const uint8_t *begin = text->at;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9') text->at++;
    return (size_t)(text->at - begin);
}

/* Without a sign, a fraction or an exponent, of ten digits at most. */
static int plain_number(struct text *text, long long *number) {
    const uint8_t *begin = text->at;
    size_t size = digits(text);
    if (size == 0 || size > 10 || (*begin == '0' && size > 1)) return 0;
    *number = 0;
    for (size_t at = 0; at < size; at++) *number = *number * 10 + (begin[at] - '0');
    return 1;
}

/* Of a member that is not ours: a string, or a number without an exponent. */
static int any_value(struct text *text) {
    struct span string;
    const uint8_t *begin;
    size_t size;
    if (text->at < text->end && *text->at == '"') return plain_string(text, &string);
    if (text->at < text->end && *text->at == '-') text->at++;
    begin = text->at;
    size = digits(text);
    if (size == 0 || size > 15 || (*begin == '0' && size > 1)) return 0;
    if (text->at < text->end && *text->at == '.') {
        text->at++;
        size = digits(text);
        if (size == 0 || size > 15) return 0;
    }
    return 1;
}

static int is(struct span found, struct span wanted) {
    return found.size == wanted.size && memcmp(found.begin, wanted.begin, wanted.size) == 0;
}

#define KEY(name) ((struct span){(const uint8_t *)(name), sizeof(name) - 1})

enum { CONVERSATION_ID = 1, PARTICIPANT_ID = 2, AUDIO = 4, FORMAT = 8, SAMPLE_RATE = 16, SEQUENCE_NUMBER = 32, ALL = 63 };

static int member_of(struct span key) {
    switch (key.size) {
        case 5: return is(key, KEY("audio")) ? AUDIO : 0;
        case 6: return is(key, KEY("format")) ? FORMAT : 0;
        case 10: return is(key, KEY("sampleRate")) ? SAMPLE_RATE : 0;
        case 13: return is(key, KEY("participantId")) ? PARTICIPANT_ID : 0;
        case 14:
            if (is(key, KEY("conversationId"))) return CONVERSATION_ID;
            return is(key, KEY("sequenceNumber")) ? SEQUENCE_NUMBER : 0;
        default: return 0;
    }
}

static int value_is_due(struct text *text, int member, const struct expected *due, struct span *audio) {
    struct span string;
    long long number;
    switch (member) {
        case CONVERSATION_ID: return plain_string(text, &string) && is(string, due->conversation_id);
        case PARTICIPANT_ID: return plain_string(text, &string) && is(string, due->participant_id);
        case FORMAT: return plain_string(text, &string) && is(string, due->format);
        case SAMPLE_RATE: return plain_number(text, &number) && number == due->sample_rate;
        case SEQUENCE_NUMBER:
            return plain_number(text, &number) && number == due->sequence && number <= HIGHEST;
        case AUDIO: return base64_string(text, audio);
        default: return any_value(text);
    }
}

int frame_is(const struct expected *due, const uint8_t *payload, size_t size, struct span *audio) {
    struct text text = {payload, payload + size};
    struct span key;
    int seen = 0, member;
    if (!one(&text, '{')) return 0;
    do {
        skip_blanks(&text);
        if (!plain_string(&text, &key)) return 0;
        member = member_of(key);
        if (seen & member) return 0;
        seen |= member;
        skip_blanks(&text);
        if (!one(&text, ':')) return 0;
        skip_blanks(&text);
        if (!value_is_due(&text, member, due, audio)) return 0;
        skip_blanks(&text);
    } while (one(&text, ','));
    return one(&text, '}') && text.at == text.end && seen == ALL;
}

/* --- base64 --- */

/* One more than a character's value; 0 for those that are none of the 64. */
static const uint8_t CHARACTERS[256] = {
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9,
    ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
    ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27,
    ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
    ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45,
    ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
    ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63,
    ['/'] = 64,
};

enum { NO = 0x40 }; /* no value of six bits has it; that of a character that is none has */

static uint8_t value_of(uint8_t character) { return (uint8_t)(CHARACTERS[character] - 1); }

static size_t padding(struct span encoded) {
    const uint8_t *last = encoded.begin + encoded.size - 1;
    return *last != '=' ? 0 : last[-1] != '=' ? 1 : 2;
}

size_t base64_size(struct span encoded) { return encoded.size / 4 * 3 - padding(encoded); }

int base64_decode(struct span encoded, uint8_t *decoded) {
    size_t padded = padding(encoded), groups = encoded.size / 4 - (padded ? 1 : 0);
    const uint8_t *in = encoded.begin;
    uint8_t a, b, c, d, wrong = 0;
    for (size_t group = 0; group < groups; group++, in += 4, decoded += 3) {
        a = value_of(in[0]), b = value_of(in[1]), c = value_of(in[2]), d = value_of(in[3]);
        wrong |= a | b | c | d;
        decoded[0] = (uint8_t)(a << 2 | b >> 4);
        decoded[1] = (uint8_t)(b << 4 | c >> 2);
        decoded[2] = (uint8_t)(c << 6 | d);
    }
    if (padded) {
        a = value_of(in[0]), b = value_of(in[1]), c = padded == 1 ? value_of(in[2]) : 0;
        wrong |= a | b | c;
        if (padded == 1 ? c & 3 : b & 15) return 0;
        decoded[0] = (uint8_t)(a << 2 | b >> 4);
        if (padded == 1) decoded[1] = (uint8_t)(b << 4 | c >> 2);
    }
    return !(wrong & NO);
}
