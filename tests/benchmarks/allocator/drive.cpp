// Replays a trace on PyTorch's own CUDA allocator: drive TRACE RESULT [FRACTION].
// TRACE holds pairs of int64, (key, bytes): a birth, (key, 0): a death, (-1, 0): the cache is emptied.
// RESULT gets, for each pair, the bytes reserved and allocated after it, and 1 if it ran out of memory.
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/PeerToPeerAccess.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <unordered_map>

int main(int argc, char** argv) {
  std::ifstream trace(argv[1], std::ios::binary);
  std::ofstream result(argv[2], std::ios::binary);
  auto* allocator = c10::cuda::CUDACachingAllocator::get();
  allocator->init(1);
  c10::cuda::detail::init_p2p_access_cache(1);
  if (argc > 3) allocator->setMemoryFraction(std::atof(argv[3]), 0);
  std::unordered_map<int64_t, void*> live;
  int64_t entry[2];
  while (trace.read(reinterpret_cast<char*>(entry), sizeof entry)) {
    int64_t failed = 0;
    if (entry[0] == -1) {
      allocator->emptyCache({0, 0});
    } else if (entry[1] > 0) {
      try {
        live[entry[0]] = allocator->raw_alloc(entry[1]);
      } catch (const c10::OutOfMemoryError&) {
        live.erase(entry[0]);
        failed = 1;
      }
    } else if (auto found = live.find(entry[0]); found != live.end()) {
      allocator->raw_delete(found->second);
      live.erase(found);
    }
    const auto stats = allocator->getDeviceStats(0);
    const int64_t after[3] = {stats.reserved_bytes[0].current, stats.allocated_bytes[0].current, failed};
    result.write(reinterpret_cast<const char*>(after), sizeof after);
  }
  std::cout << allocator->getDeviceStats(0).num_alloc_retries << std::endl;
}
