/* The rig's loop, its phases and its report: one JSON object a line on stdout.
 *
 * {"event":"ready","sink_port":n}   then one line on stdin is the gateway's port
 * {"event":"up",…}                  every call is open
 * {"event":"measuring",…}           and {"event":"measured",…} around the time that counts
 * {"event":"done",…}                every call is closed; the totals */
#define _GNU_SOURCE
#include "rig.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct options options = {.host = "127.0.0.1", .key = "key", .path = NULL, .calls = 1, .window = 4, .ack_every = 50,
                          .ramp = 1000, .warm_s = 0.5, .seconds = 2, .period_ns = 20000000};
uint64_t now_ns;
static int epoll_fd;

uint64_t clock_ns(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (uint64_t)moment.tv_sec * SECOND_NS + (uint64_t)moment.tv_nsec;
}

void fail(const char *what) {
    fprintf(stderr, "rig: %s: %s\n", what, strerror(errno));
    exit(1);
}

void watch(struct source *source, uint32_t events, bool fresh) {
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(epoll_fd, fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, source->fd, &event)) fail("epoll_ctl");
}

/* One turn; returns at `until_ns` at the latest. */
static void turn(uint64_t until_ns) {
    struct epoll_event events[256];
    now_ns = clock_ns();
    uint64_t next_ns = options.no_load ? until_ns : load_turn();
    sink_flush();
    if (until_ns < next_ns) next_ns = until_ns;
    now_ns = clock_ns();
    int count = epoll_wait(epoll_fd, events, 256, 0);
    if (count == 0 && next_ns > now_ns) { /* poll: to the nanosecond, which epoll_wait is not */
        struct timespec wait = {.tv_sec = (time_t)((next_ns - now_ns) / SECOND_NS),
                                .tv_nsec = (long)((next_ns - now_ns) % SECOND_NS)};
        struct pollfd poll_fd = {.fd = epoll_fd, .events = POLLIN};
        if (ppoll(&poll_fd, 1, &wait, NULL) > 0) count = epoll_wait(epoll_fd, events, 256, 0);
        now_ns = clock_ns();
    }
    for (int at = 0; at < count; at++) {
        struct source *source = events[at].data.ptr;
        if (source->fd >= 0) source->ready(source, events[at].events);
    }
    sink_flush();
}

static void run_for(double seconds) {
    uint64_t until_ns = clock_ns() + (uint64_t)(seconds * 1e9);
    while (clock_ns() < until_ns) turn(until_ns);
}

static double cpu_s(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report(const char *event) {
    const struct load_stats *load = &load_stats;
    const struct sink_stats *sink = &sink_stats;
    printf("{\"event\":\"%s\",\"clock_s\":%.6f,\"cpu_s\":%.6f,\"live\":%d,", event, (double)clock_ns() / 1e9, cpu_s(),
           load_live());
    printf("\"sent\":%lu,\"blocked\":%lu,\"opened\":%lu,\"refused\":%lu,\"broken\":%lu,\"ended\":%lu,\"pongs\":%lu,",
           load->sent, load->blocked, load->opened, load->refused, load->broken, load->ended, load->pongs);
    printf("\"late_max_ms\":%.3f,\"opening_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f},",
           (double)load->late_max_ns / 1e6, histogram_ms(&load->opening, 0.5), histogram_ms(&load->opening, 0.99),
           (double)load->opening.max / 1e6);
    printf("\"frames\":%lu,\"chunks\":%lu,\"streams\":%lu,\"streams_ended\":%lu,\"streams_reset\":%lu,",
           sink->frames, sink->chunks, sink->streams, sink->streams_ended, sink->streams_reset);
    printf("\"connections\":%lu,\"gaps\":%lu,\"foreign\":%lu,\"results\":%lu,\"held\":%lu,", sink->connections,
           sink->gaps, sink->foreign, sink->results, sink->held);
    printf("\"latency_ms\":{\"count\":%lu,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}}\n",
           sink->latency.total, histogram_ms(&sink->latency, 0.5), histogram_ms(&sink->latency, 0.99),
           histogram_ms(&sink->latency, 0.999), (double)sink->latency.max / 1e6);
    fflush(stdout);
}

static void read_port(void) {
    char line[32];
    if (!fgets(line, sizeof line, stdin)) exit(2);
    options.port = atoi(line);
}

static void await_stdin_end(void) { /* a sink alone serves until its stdin ends */
    struct pollfd stdin_fd = {.fd = 0, .events = POLLIN};
    char rest[64];
    for (;;) {
        run_for(0.05);
        if (poll(&stdin_fd, 1, 0) > 0 && read(0, rest, sizeof rest) <= 0) return;
    }
}

static void open_calls(void) {
    uint64_t until_ns = clock_ns() + (uint64_t)((options.calls / options.ramp + 20) * 1e9);
    load_start();
    while (load_live() < options.calls && clock_ns() < until_ns && !load_stats.refused && !load_stats.broken)
        turn(clock_ns() + 1000000);
    report("up");
    if (load_live() == options.calls) return;
    fprintf(stderr, "rig: %d of %d calls came up (%lu refused, %lu broken)\n", load_live(), options.calls,
            load_stats.refused, load_stats.broken);
    exit(3);
}

/* Until the sink has every frame, or nothing has come for two seconds. */
static void drain(void) {
    uint64_t before = 0, quiet_ns = clock_ns() + 2 * SECOND_NS;
    while (!options.no_sink && sink_stats.frames < load_stats.sent && clock_ns() < quiet_ns) {
        turn(clock_ns() + 1000000);
        if (sink_stats.frames != before) before = sink_stats.frames, quiet_ns = clock_ns() + 2 * SECOND_NS;
    }
}

static void close_calls(void) {
    uint64_t until_ns = clock_ns() + 8 * SECOND_NS;
    load_finish();
    while ((load_left() || sink_stats.streams_ended + sink_stats.streams_reset < sink_stats.streams) &&
           clock_ns() < until_ns)
        turn(clock_ns() + 1000000);
}

static void parse(int argc, char **argv) {
    static const struct option known[] = {
        {"host", 1, 0, 'h'},      {"port", 1, 0, 'p'},    {"key", 1, 0, 'k'},      {"path", 1, 0, 'P'},
        {"calls", 1, 0, 'n'},     {"window", 1, 0, 'w'},  {"ack-every", 1, 0, 'a'}, {"ramp", 1, 0, 'r'},
        {"warm", 1, 0, 'W'},      {"seconds", 1, 0, 's'}, {"call-seconds", 1, 0, 'c'}, {"audiohook", 0, 0, 'A'},
        {"real-time", 0, 0, 'R'}, {"no-sink", 0, 0, 'S'}, {"no-load", 0, 0, 'L'},  {"period-ms", 1, 0, 'm'},  {"sink-port", 1, 0, 'o'},
        {0, 0, 0, 0}};
    for (int got; (got = getopt_long(argc, argv, "", known, NULL)) != -1;) switch (got) {
            case 'h': options.host = optarg; break;
            case 'p': options.port = atoi(optarg); break;
            case 'o': options.sink_port = atoi(optarg); break;
            case 'k': options.key = optarg; break;
            case 'P': options.path = optarg; break;
            case 'n': options.calls = atoi(optarg); break;
            case 'w': options.window = atoi(optarg); break;
            case 'a': options.ack_every = atoi(optarg); break;
            case 'r': options.ramp = atof(optarg); break;
            case 'W': options.warm_s = atof(optarg); break;
            case 's': options.seconds = atof(optarg); break;
            case 'c': options.call_s = atof(optarg); break;
            case 'm': options.period_ns = (uint64_t)(atof(optarg) * 1e6); break;
            case 'A': options.audiohook = true; break;
            case 'R': options.real_time = true; break;
            case 'S': options.no_sink = true; break;
            case 'L': options.no_load = true; break;
            default: exit(2);
        }
    if (!options.path) options.path = options.audiohook ? "/audiohook" : "/media-api";
    if (options.calls < 1 || options.window < 1 || options.ack_every < 1 || options.ramp <= 0 ||
        !options.period_ns) {
        fprintf(stderr, "rig: --calls, --window, --ack-every, --ramp and --period-ms have to be positive\n");
        exit(2);
    }
}

int main(int argc, char **argv) {
    struct rlimit files;
    parse(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    now_ns = clock_ns();
    frames_start();
    printf("{\"event\":\"ready\",\"sink_port\":%d}\n", options.no_sink ? 0 : sink_start());
    fflush(stdout);
    if (options.no_load) {
        await_stdin_end();
        report("done");
        return 0;
    }
    if (!options.port) read_port();
    open_calls();
    load_allow();
    run_for(options.warm_s);
    histogram_clear(&sink_stats.latency);
    load_stats.late_max_ns = 0;
    report("measuring");
    run_for(options.seconds);
    report("measured");
    load_pause();
    drain();
    close_calls();
    report("done");
    return 0;
}
