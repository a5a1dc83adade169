/* Finds the rig's own limits: `probe drain` takes WebSocket calls and reads for nothing, `probe blast PORT SECONDS`
 * sends the sink as many chunks as it takes. Neither does anything that a gateway does. */
#define _GNU_SOURCE
#include "rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { STREAMS = 200, CHUNK = 208, A_TURN = 400 };

uint64_t clock_ns(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (uint64_t)moment.tv_sec * SECOND_NS + (uint64_t)moment.tv_nsec;
}

void fail(const char *what) {
    perror(what);
    exit(1);
}

static int connected(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) fail("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void drain(void) {
    static const char upgraded[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                   "Sec-WebSocket-Protocol: media-api\r\n\r\n";
    static uint8_t data[1 << 16], greeted[1 << 16];
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    int door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), poll_fd = epoll_create1(0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(door, (struct sockaddr *)&address, sizeof address) || listen(door, 4096)) fail("listen");
    getsockname(door, (struct sockaddr *)&address, &length);
    printf("{\"port\":%d}\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = door}, events[256];
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int count = epoll_wait(poll_fd, events, 256, -1);
        for (int at = 0; at < count; at++) {
            int fd = events[at].data.fd;
            if (fd == door) {
                fd = accept(door, NULL, NULL);
                event.data.fd = fd;
                if (fd < 0 || (size_t)fd >= sizeof greeted) continue;
                greeted[fd] = 0;
                epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);
            } else if (recv(fd, data, sizeof data, 0) <= 0) {
                close(fd);
            } else if (!greeted[fd]) {
                greeted[fd] = 1;
                if (send(fd, upgraded, sizeof upgraded - 1, MSG_NOSIGNAL) < 0) close(fd);
            }
        }
    }
}

static size_t frame(uint8_t *out, int type, int flags, uint32_t id, const void *payload, size_t length) {
    uint8_t head[9] = {(uint8_t)(length >> 16), (uint8_t)(length >> 8), (uint8_t)length, (uint8_t)type, (uint8_t)flags,
                       (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};
    memcpy(out, head, 9);
    if (length) memcpy(out + 9, payload, length);
    return 9 + length;
}

/* A gRPC message with an AudioChunk: conversation, 160 bytes of audio, sequence number in four bytes. */
static size_t chunk(uint8_t *out, uint32_t id, uint32_t number) {
    uint8_t message[256] = {0, 0, 0, 0, 0, 10, 8, 'b', 'l', 'a', 's', 't', 'i', 'n', 'g', 26, 160, 1};
    struct stamp stamp = {STAMP_MAGIC, UINT32_MAX, 0, number, clock_ns()};
    size_t at = 18;
    memcpy(message + at, &stamp, sizeof stamp);
    at += AUDIO_BYTES;
    message[at++] = 5 << 3;
    for (; number >= 128; number >>= 7) message[at++] = (uint8_t)(number | 128);
    message[at++] = (uint8_t)number;
    message[4] = (uint8_t)(at - 5);
    return frame(out, 0, 0, id, message, at);
}

static int64_t windows[STREAMS + 1]; /* 0: the connection's */

static void hear(int fd, bool wait) {
    static struct buffer in;
    ssize_t got = recv(fd, buffer_room(&in, 65536), 65536, wait ? 0 : MSG_DONTWAIT);
    if (got <= 0) return;
    in.end += (size_t)got;
    while (in.end - in.start >= 9) {
        uint8_t *at = in.data + in.start;
        size_t length = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
        if (in.end - in.start < 9 + length) return;
        uint32_t id = ((uint32_t)at[5] << 24 | (uint32_t)at[6] << 16 | (uint32_t)at[7] << 8 | at[8]) & 0x7fffffff;
        uint32_t more = (uint32_t)at[9] << 24 | (uint32_t)at[10] << 16 | (uint32_t)at[11] << 8 | at[12];
        if (at[3] == 8) windows[id ? (id + 1) / 2 : 0] += more;
        if (at[3] == 4 && length == 6) /* the one SETTINGS of the sink: INITIAL_WINDOW_SIZE */
            for (int one = 1; one <= STREAMS; one++)
                windows[one] += ((uint32_t)at[11] << 24 | (uint32_t)at[12] << 16 | (uint32_t)at[13] << 8 | at[14]) - 65535;
        buffer_take(&in, 9 + length);
    }
}

static void blast(int port, double seconds) {
    static uint8_t out[A_TURN * 300];
    uint32_t numbers[STREAMS] = {0};
    int fd = connected(port);
    size_t length = 24;
    memcpy(out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    length += frame(out + length, 4, 0, 0, NULL, 0);
    for (uint32_t one = 0; one < STREAMS; one++) length += frame(out + length, 1, 4, one * 2 + 1, "\x83", 1);
    for (int one = 0; one <= STREAMS; one++) windows[one] = 65535;
    uint64_t until_ns = clock_ns() + (uint64_t)(seconds * 1e9), sent = 0;
    for (uint32_t turn = 0; clock_ns() < until_ns; turn++) {
        int given = 0;
        for (uint32_t one = 0; one < A_TURN; one++) {
            uint32_t stream = one % STREAMS;
            if (windows[0] < 400 || windows[stream + 1] < 400) continue;
            size_t made = chunk(out + length, stream * 2 + 1, ++numbers[stream]);
            windows[0] -= (int64_t)made - 9, windows[stream + 1] -= (int64_t)made - 9;
            length += made, sent++, given++;
        }
        for (size_t gone = 0; gone < length;) {
            ssize_t put = send(fd, out + gone, length - gone, MSG_NOSIGNAL);
            if (put <= 0) fail("send");
            gone += (size_t)put;
            hear(fd, false);
        }
        length = 0;
        if (!given) hear(fd, true);
    }
    printf("{\"sent\":%lu}\n", sent);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    if (argc == 2 && strcmp(argv[1], "drain") == 0) drain();
    if (argc == 4 && strcmp(argv[1], "blast") == 0) blast(atoi(argv[2]), atof(argv[3]));
    return 0;
}
