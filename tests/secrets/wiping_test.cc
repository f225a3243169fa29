// Memory that held a secret holds it no more when it is given back. Looks at each block that is
// freed, so it is a program of its own.
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "service/secrets/secret.h"
#include "service/secrets/wiped_bytes.h"

namespace {

// Not on the heap itself.
constexpr char kCanary[] = "hunter2-hunter2-hunter2-hunter2-hunter2";
thread_local int blocks_with_canary = 0;

void Free(void* memory) {
  if (memory != nullptr &&
      memmem(memory, malloc_usable_size(memory), kCanary, sizeof(kCanary) - 1) != nullptr) {
    ++blocks_with_canary;
  }
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  // Zeroed: what an earlier owner left must not count.
  if (void* const memory = std::calloc(1, size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { Free(memory); }
void operator delete(void* memory, std::size_t) noexcept { Free(memory); }

namespace sessionbroker::secrets {
namespace {

class WipingTest : public ::testing::Test {
 protected:
  WipingTest() { blocks_with_canary = 0; }
};

TEST_F(WipingTest, AStringLeavesWhatItHeld) {
  { const std::string text(kCanary); }
  EXPECT_EQ(blocks_with_canary, 1) << "the look at freed memory is worth something";
}

TEST_F(WipingTest, ASecretIsWipedWithItsLastCopy) {
  std::optional<Secret> first{absl::string_view(kCanary)};
  std::optional<Secret> second = first;
  Secret moved = *std::move(first);
  first.reset();
  second.reset();
  moved = Secret();
  EXPECT_EQ(blocks_with_canary, 0);
}

TEST_F(WipingTest, BytesAreWipedWhereTheyGrowAndWhereTheyGo) {
  {
    WipedBytes bytes;
    Append(kCanary, bytes);
    for (int i = 0; i < 12; ++i) Append(std::string(100, 'x'), bytes);
    bytes.shrink_to_fit();
    const WipedBytes copy = bytes;
  }
  EXPECT_EQ(blocks_with_canary, 0);
}

TEST_F(WipingTest, TextOfALibraryIsWipedOnceItIsTaken) {
  {
    WipedBytes bytes;
    AppendAndWipe(kCanary, bytes);
  }
  EXPECT_EQ(blocks_with_canary, 0);
}

}  // namespace
}  // namespace sessionbroker::secrets
