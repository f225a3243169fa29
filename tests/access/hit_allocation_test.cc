// What GuardedSessions::TryGet says of itself: a hit allocates nothing. Counts operator new, so it
// is a program of its own.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "service/access/audit_sink.h"
#include "service/access/buffered_audit_log.h"
#include "service/access/guarded_sessions.h"
#include "tests/sessions/manager_harness.h"
#include "tests/testing/status_matchers.h"

namespace {
thread_local std::size_t allocations = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace sessionbroker::access {
namespace {

TEST(HitAllocationTest, AHitAllocatesNothingHoweverLongTheNames) {
  const std::string name(128, 'a');
  const base::AccountIdView id("vtiger", name);
  sessions::ManagerHarness harness({sessions::AccountNamed("vtiger", name)});
  SB_ASSERT_OK_AND_ASSIGN(Policy policy,
                          Policy::Create({{.callers = {"loopback", "spiffe://prod.example/*"},
                                           .accounts = {"abms/*", "vti*/a*"},
                                           .actions = {Action::kGet}}}));
  const PolicyHolder holder(std::move(policy));
  BufferedAuditLog audit({}, std::make_unique<AuditStream>(open("/dev/null", O_WRONLY)),
                         &harness.scheduler, &harness.clock, {});
  CallerQuotas quotas({}, &harness.clock);
  GuardedSessions guarded(&holder, harness.manager.get(), {.quotas = &quotas, .audit = &audit});
  ASSERT_TRUE(harness.Get(id).ok());

  const Call call{.caller = Caller::Parse("spiffe://prod.example/" + name).value()};
  ASSERT_TRUE(guarded.TryGet(call, id, absl::ZeroDuration()).ok()) << "it has an audit line";
  const std::size_t before = allocations;
  const absl::StatusOr<sessions::SessionPtr> session =
      guarded.TryGet(call, id, absl::ZeroDuration());
  EXPECT_EQ(allocations - before, 0u);
  ASSERT_TRUE(session.ok());
  EXPECT_NE(*session, nullptr);
  EXPECT_GT(before, 0u) << "allocations are not counted";
}

}  // namespace
}  // namespace sessionbroker::access
