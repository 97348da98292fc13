/* Makes the n-th write below a folder fail, as a full or broken disk would.
 *
 * Preloaded into the process on trial, which calls fail_nth() once it has forked.
 * A write is: an open for writing, write, fsync, rename, ftruncate, mkdir or unlink.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char home[PATH_MAX];
static int nth, code, goes_on, calls;

/* From now on the n-th call fails with this errno, and where it goes on all later ones. */
void fail_nth(int n, int with, int and_later, const char *folder)
{
    nth = n;
    code = with;
    goes_on = and_later;
    calls = 0;
    snprintf(home, sizeof home, "%s", folder);
}

int calls_made(void) { return calls; }

static int is_below(const char *path)
{
    return home[0] && path && strncmp(path, home, strlen(home)) == 0;
}

static int is_open_below(int descriptor)
{
    char link[64], path[PATH_MAX];
    if (!home[0])
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0)
        return 0;
    path[n] = 0;
    return is_below(path);
}

static int fails(int is_ours)
{
    if (!is_ours)
        return 0;
    int call = __sync_add_and_fetch(&calls, 1);
    if (call == nth || (goes_on && nth && call > nth)) {
        errno = code;
        return 1;
    }
    return 0;
}

#define REAL(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, last); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }
#define WRITES(flags) ((flags) & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC))

int open(const char *path, int flags, ...)
{
    MODE(flags, flags)
    return fails(WRITES(flags) && is_below(path)) ? -1 : REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...)
{
    MODE(flags, flags)
    return fails(WRITES(flags) && is_below(path)) ? -1 : REAL(open64)(path, flags, mode);
}
int openat(int at, const char *path, int flags, ...)
{
    MODE(flags, flags)
    return fails(WRITES(flags) && is_below(path)) ? -1 : REAL(openat)(at, path, flags, mode);
}
int openat64(int at, const char *path, int flags, ...)
{
    MODE(flags, flags)
    return fails(WRITES(flags) && is_below(path)) ? -1 : REAL(openat64)(at, path, flags, mode);
}
FILE *fopen64(const char *path, const char *mode)
{
    int writes = strpbrk(mode, "wa+") != NULL;
    return fails(writes && is_below(path)) ? NULL : REAL(fopen64)(path, mode);
}

#define ON_FILE(result, name, declared, given) \
    result name declared { return fails(is_open_below(file)) ? -1 : REAL(name) given; }
#define ON_PATH(name, declared, given, path) \
    int name declared { return fails(is_below(path)) ? -1 : REAL(name) given; }

ON_FILE(ssize_t, write, (int file, const void *data, size_t n), (file, data, n))
ON_FILE(ssize_t, pwrite, (int file, const void *data, size_t n, off_t at), (file, data, n, at))
ON_FILE(ssize_t, pwrite64, (int file, const void *data, size_t n, off64_t at), (file, data, n, at))
ON_FILE(ssize_t, writev, (int file, const struct iovec *parts, int n), (file, parts, n))
ON_FILE(int, fsync, (int file), (file))
ON_FILE(int, fdatasync, (int file), (file))
ON_FILE(int, ftruncate, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, (int file, off64_t size), (file, size))
ON_PATH(rename, (const char *from, const char *to), (from, to), to)
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode), path)
ON_PATH(unlink, (const char *path), (path), path)
