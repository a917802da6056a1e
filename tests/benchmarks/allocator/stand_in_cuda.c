/* A CUDA runtime and driver without a card: it counts memory and hands out addresses that nobody may touch.

   PyTorch's own allocator (libc10_cuda.so) runs on it as on a card of STAND_IN_TOTAL bytes that can give
   STAND_IN_CAPACITY bytes. STAND_IN_SHUFFLE=1 gives segments addresses in random order. */
#include <cuda_runtime_api.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PIECES (1 << 20)
#define NOT_SUPPORTED 801
#define FABRIC_HANDLE 8

typedef struct { uint64_t name, size; } Piece;
static Piece pieces[PIECES];
static int piece_count;
static uint64_t used, next_address = 0x7f0000000000ULL, next_range = 0x7e0000000000ULL, next_handle = 1;
static uint64_t random_state = 12345;

static uint64_t number(const char *name, uint64_t otherwise) {
  const char *text = getenv(name);
  return text ? strtoull(text, 0, 10) : otherwise;
}
static uint64_t total(void) { return number("STAND_IN_TOTAL", 1ULL << 45); }
static uint64_t capacity(void) { return number("STAND_IN_CAPACITY", total()); }

static int take(uint64_t name, uint64_t size) {
  if (used + size > capacity()) return 0;
  if (piece_count == PIECES) abort();
  used += size;
  pieces[piece_count++] = (Piece){name, size};
  return 1;
}
static int give_back(uint64_t name) {
  for (int i = 0; i < piece_count; i++)
    if (pieces[i].name == name) {
      used -= pieces[i].size;
      pieces[i] = pieces[--piece_count];
      return 0;
    }
  abort();
}
static uint64_t random_address(void) {
  for (;;) {
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    uint64_t address = 0x600000000000ULL + (((random_state >> 33) & 0x1FFF) << 32);
    int taken = 0;
    for (int i = 0; i < piece_count; i++) taken |= pieces[i].name == address;
    if (!taken) return address;
  }
}

cudaError_t cudaMalloc(void **pointer, size_t size) {
  uint64_t address = getenv("STAND_IN_SHUFFLE") ? random_address() : next_address;
  if (!take(address, size)) return cudaErrorMemoryAllocation;
  next_address += size;
  *pointer = (void *)address;
  return cudaSuccess;
}
cudaError_t cudaFree(void *pointer) { return give_back((uint64_t)pointer); }
cudaError_t cudaMemGetInfo(size_t *free, size_t *all) { *free = capacity() - used; *all = total(); return 0; }
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device) {
  memset(properties, 0, sizeof *properties);
  properties->totalGlobalMem = total();
  properties->major = 8;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int *device) { *device = 0; return 0; }
cudaError_t cudaGetDeviceCount(int *count) { *count = 1; return 0; }
cudaError_t cudaDriverGetVersion(int *version) { *version = 13000; return 0; }
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, enum cudaStreamCaptureStatus *status) { *status = 0; return 0; }
cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest) { *least = *greatest = 0; return 0; }
const char *cudaGetErrorString(cudaError_t error) { return "an error of the stand-in"; }
const char *cudaGetErrorName(cudaError_t error) { return "an error of the stand-in"; }

static int create(uint64_t *handle, size_t size, const int *properties, uint64_t flags) {
  if (properties[1] == FABRIC_HANDLE) return NOT_SUPPORTED;
  if (!take(next_handle, size)) return cudaErrorMemoryAllocation;
  *handle = next_handle++;
  return 0;
}
static int release(uint64_t handle) { return give_back(handle); }
static int reserve(uint64_t *address, size_t size, size_t alignment, uint64_t wished, uint64_t flags) {
  *address = next_range;
  next_range += size;
  return 0;
}
static int attribute(int *value, int which, int device) { *value = 0; return 0; }
static int nothing(void) { return 0; }
cudaError_t cudaGetDriverEntryPointByVersion(
    const char *name, void **function, unsigned version, unsigned long long flags,
    enum cudaDriverEntryPointQueryResult *result) {
  if (result) *result = 0;
  *function = !strcmp(name, "cuMemCreate")            ? (void *)create
              : !strcmp(name, "cuMemRelease")         ? (void *)release
              : !strcmp(name, "cuMemAddressReserve")  ? (void *)reserve
              : !strcmp(name, "cuDeviceGetAttribute") ? (void *)attribute
                                                      : (void *)nothing;
  return 0;
}
